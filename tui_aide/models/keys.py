"""Keys of model servers: read from the environment or the keyring, never from or into files, never shown."""

from __future__ import annotations

import importlib
import os
from typing import Any

SERVICE = "tui_aide"
"""The keyring's name for our keys; the user name there is the server's host: `keyring set tui_aide api.openai.com`."""


class ApiKey:
    """The key of one server, looked up when it is needed.

    Args:
        variable: environment variable that holds it.
        host: the server's host, under which the keyring may hold it.
    """

    def __init__(self, variable: str, host: str) -> None:
        self.variable = variable
        self._host = host
        self._from_keyring: str | None = None
        self._asked = False

    @property
    def value(self) -> str | None:
        """The key, or None where there is none."""
        found = os.environ.get(self.variable, "").strip()
        if found:
            return found
        if not self._asked:
            self._asked = True
            self._from_keyring = _keyring(self._host)
        return self._from_keyring

    @property
    def header(self) -> dict[str, str]:
        """The header that tells the key, if there is one."""
        key = self.value
        return {"Authorization": f"Bearer {key}"} if key else {}

    def hide(self, text: str) -> str:
        """Return the text without the key, which some servers repeat in their errors."""
        key = self.value
        return text.replace(key, "***") if key else text


def _keyring(host: str) -> str | None:
    """Return what the keyring holds for a host; None without the `keyring` package, or where it cannot be read."""
    try:
        keyring: Any = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        found = keyring.get_password(SERVICE, host)
    except Exception:  # noqa: BLE001 - its backends raise what they like; no key is the answer
        return None
    return found.strip() if isinstance(found, str) and found.strip() else None
