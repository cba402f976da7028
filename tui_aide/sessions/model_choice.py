"""From the user's words for a model to who serves it: servers that answer, one to be started, or none at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec
from yarl import URL

from tui_aide.errors import UsageError, nearest
from tui_aide.models.chat import Role
from tui_aide.models.roles import split_model
from tui_aide.models.servers import parse_address
from tui_aide.sessions.model_side import BUILTIN
from tui_aide.sessions.places import path_of

_QUIET_SECONDS = 2.0
"""So long servers are waited for without a word."""


class ModelChoice(msgspec.Struct, frozen=True):
    """The model and its servers; `serve` names what the runner starts a server for."""

    model: str
    base_urls: tuple[str, ...] = ()
    serve: str | None = None


def choose_model(
    model: str | None,
    base_urls: Sequence[str],
    say: Callable[[str], None],
    *,
    key_variable: str = "OPENAI_API_KEY",
    gpu: Literal["separate", "share", "alternate"] = "separate",
) -> ModelChoice:
    """Return who writes the scripts.

    With addresses, each of them must answer and serve the model. Without, a server at one of the usual addresses is
    used, else one is started for a model that was named and can be served here, else it is the built-in proposer.

    Args:
        model: a model's name, or None for whatever is served.
        base_urls: the servers that were named.
        say: is told what was chosen where the user left it open.
        key_variable: environment variable with the servers' key.
        gpu: how thinking and training are to go about the GPU.

    Raises:
        UsageError: a server does not have that model, does not answer, or none can be started.
        ModelError: a named server refuses.
    """
    from tui_aide.models.servers import USUAL

    if model == BUILTIN:
        if base_urls:
            raise UsageError("--model builtin needs no server: leave out --base-url, or name a model of the server")
        return ModelChoice(BUILTIN)
    found = asyncio.run(_asked(base_urls or USUAL, key_variable, say))
    if base_urls:
        return _at_named(model, base_urls, found, key_variable)
    if model is None:
        for url, names in found.items():
            say(f"model {names[0]} at {url}")
            return ModelChoice(names[0], (url,))
        say("no model server answers here, so the built-in proposer writes the scripts: rules, no LLM")
        return ModelChoice(BUILTIN)
    known = [BUILTIN, *(n for names in found.values() for n in names)]
    if model not in known:
        started = _startable(model, found, gpu, say)
        if started is not None:
            return started
    for url, names in found.items():
        if model in names:
            return ModelChoice(model, (url,))
    if not found:
        raise UsageError(
            f"--model {model!r}: no model server answers at the usual addresses.{nearest(model, _startables())} "
            "Start one, name it with --base-url URL, or use --model builtin"
        )
    raise UsageError(
        f"--model {model!r} is not served here.{nearest(model, known + _startables())} Known: {', '.join(known)}"
    )


async def _asked(urls: Sequence[str], key_variable: str, say: Callable[[str], None]) -> dict[str, list[str]]:
    """Return what `probing.ask` does, and say so where that takes long enough to look like a hang."""
    from tui_aide.models.probing import ask

    asking = asyncio.ensure_future(ask(urls, key_variable))
    try:
        done, _ = await asyncio.wait([asking], timeout=_QUIET_SECONDS)
        if not done:
            say(f"waiting for an answer of {', '.join(urls)} ...")
        return await asking
    finally:
        asking.cancel()


def _silent(url: str, key_variable: str) -> str:
    from tui_aide.models.probing import why_silent

    why = asyncio.run(why_silent(url, key_variable))
    return (
        f"--base-url {url}: no model server answers there{f' ({why})' if why else ''}; correct the address, start one "
        "there, or use --model builtin"
    )


def _at_named(
    model: str | None, base_urls: Sequence[str], found: dict[str, list[str]], key_variable: str
) -> ModelChoice:
    for url in base_urls:
        if url not in found:
            raise UsageError(_silent(url, key_variable))
        names = found[url]
        if model is None and not names:
            raise UsageError(f"--base-url {url}: the server lists no models; name one with --model NAME")
        model = model or names[0]
        if names and model not in names:
            known = [BUILTIN, *names]
            raise UsageError(
                f"--model {model!r} is not served at {url}.{nearest(model, known)} Known: {', '.join(known)}"
            )
    assert model is not None
    once: dict[URL, str] = {}
    for url in base_urls:
        once.setdefault(parse_address(url), url)
    return ModelChoice(model, tuple(once.values()))


def check_roles(
    roles: Mapping[Role, str], chosen: ModelChoice, *, named: bool, key_variable: str = "OPENAI_API_KEY"
) -> None:
    """See that each role's model is served where it is to be asked for.

    Args:
        roles: `MODEL` or `MODEL@URL` by role.
        chosen: the search's own model and servers.
        named: the user named these servers, so that they are sent the key.
        key_variable: environment variable with the servers' key.

    Raises:
        UsageError: a server does not answer or does not have the model, or there is none to ask.
        ModelError: a server refuses.
    """
    for role, text in roles.items():
        model, url = split_model(text)
        if chosen.model == BUILTIN:
            raise UsageError("--role needs a model server: the built-in proposer plays every part itself")
        if url is None and chosen.serve is not None and model != chosen.model:
            raise UsageError(
                f"--role {role}={model}: the server that this search starts serves {chosen.model} alone; "
                f"name one that has it: {role}={model}@URL"
            )
        from tui_aide.models.probing import probe  # its HTTP client takes longer than all else that is imported here

        for at in chosen.base_urls if url is None else (url,):
            found = asyncio.run(probe(at, named=named or url is not None, api_key_env=key_variable))
            if found is None:
                raise UsageError(f"--role {role}={text}: no model server answers at {at}; start one, or leave it out")
            if found and model not in found:
                raise UsageError(
                    f"--role {role}={text}: {model!r} is not served at {at}.{nearest(model, found)} "
                    f"Known: {', '.join(found)}"
                )


def _startables() -> list[str]:
    from tui_aide.models.serving.presets import presets

    return [BUILTIN, *presets()]


def _startable(
    model: str, found: dict[str, list[str]], gpu: Literal["separate", "share", "alternate"], say: Callable[[str], None]
) -> ModelChoice | None:
    """Return the choice of a server that serves a preset already, or that is to be started; None for no such model."""
    from tui_aide.models.serving.shapes import find_source

    try:
        source = find_source(model)
    except UsageError:
        return None
    names = {source.served_name, *(c.name for c in source.checkpoints)}
    for url, served in found.items():
        for name in served:
            if name in names:
                say(f"model {name} at {url}")
                return ModelChoice(name, (url,))
    from tui_aide.models.serving.server import check_servable

    say(f"starting a server: {check_servable(model, gpu=gpu)}")
    folder = path_of(model)  # the runner works elsewhere
    return ModelChoice(source.served_name, serve=str(folder.absolute()) if folder.is_dir() else model)
