"""The addresses of model servers: how they are written, and which are usual."""

from __future__ import annotations

import ipaddress
import re

from yarl import URL

from tui_aide.errors import UsageError

USUAL = (
    "http://localhost:8000/v1",
    "http://localhost:30000/v1",
    "http://localhost:8080/v1",
    "http://localhost:11434/v1",
)
"""Where vLLM, SGLang, llama.cpp's server and Ollama listen unless told otherwise."""


def parse_address(base_url: str, *, option: str = "--base-url") -> URL:
    """Return the address with a scheme, and `/v1` where it has no path; `option` is what errors name.

    Raises:
        UsageError: it is no address, or holds a user name or a password, which would be kept with the session.
    """
    text = base_url if "://" in base_url else f"http://{base_url}"
    if "@" in re.split(r"[/?#]", text.partition("://")[2])[0]:
        raise UsageError(
            f"{option} holds a user name or a password: leave it out, "
            "and put the server's key into the environment variable OPENAI_API_KEY"
        )
    try:
        url = URL(text.rstrip("/"))
    except ValueError as error:
        raise UsageError(f"{option} {base_url!r} is no address: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageError(f"{option} {base_url!r} is no address; one looks like http://localhost:8000/v1")
    return url / "v1" if url.path in ("", "/") else url


def root_of(url: URL) -> URL:
    """Return the server's own root, where what is not OpenAI's lies."""
    return url.parent if url.name == "v1" else url


def is_near(host: str) -> bool:
    """Whether a host is this machine or on its own network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost"))
    return address.is_private or address.is_loopback or address.is_link_local
