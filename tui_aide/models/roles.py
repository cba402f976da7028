"""Different models for different roles: a stronger planner, a smaller critic, beside the coder."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import get_args

from tui_aide.errors import UsageError, nearest
from tui_aide.models.chat import ChatModel, ChatRequest, Role, StreamItem
from tui_aide.models.servers import parse_address

ROLES: tuple[Role, ...] = get_args(Role)
"""Every role that a model can be given."""

_ADDRESS = re.compile(
    r"""@(?=[a-z][a-z0-9+.-]*://             # with a scheme, or
      | (?:[^/@\s]*:[^/@\s]*@)?               # maybe with a password, which is refused later, and
        (?: (?:\[[0-9a-f:.]+\]|[\w.-]+):\d+  # host and port,
          | localhost )(?:/\S*)?$ )          # or this machine
    """,
    re.IGNORECASE | re.VERBOSE,
)


class RoleModels:
    """A chat model that passes each request to the model of its role.

    Args:
        coder: the model of every role that has none of its own.
        others: models of other roles.
    """

    def __init__(self, coder: ChatModel, others: Mapping[Role, ChatModel]) -> None:
        self._coder = coder
        self._others = dict(others)

    @property
    def name(self) -> str:
        """The name of the model that writes scripts."""
        return self.model_of("coder").name

    def model_of(self, role: Role) -> ChatModel:
        """Return who plays a role."""
        return self._others.get(role, self._coder)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:
        """Stream from the model of the request's role; as `ChatModel.stream`."""
        async with aclosing(self.model_of(request.role).stream(request)) as items:
            async for item in items:
                yield item

    async def aclose(self) -> None:
        """Close all models."""
        for model in (self._coder, *self._others.values()):
            await model.aclose()


def parse_role(text: str) -> tuple[Role, str]:
    """Return the role and `MODEL@URL` (or `MODEL`, for the search's own server) of `ROLE=MODEL[@URL]`.

    Raises:
        UsageError: it is not of that form, the role is not known, or the address is none or holds a password.
    """
    name, equals, model = text.partition("=")
    if not equals or not model.strip():
        raise UsageError(f"--role {text!r}: write ROLE=MODEL or ROLE=MODEL@URL, such as planner=qwen3-32b")
    role = next((r for r in ROLES if r == name.strip()), None)
    if role is None:
        raise UsageError(f"--role {name.strip()!r} is not known.{nearest(name, ROLES)} Known: {', '.join(ROLES)}")
    if (url := split_model(model)[1]) is not None:
        parse_address(url, option="--role")
    return role, model.strip()


def split_model(text: str) -> tuple[str, str | None]:
    """Return model and address of `MODEL@URL`; a model's own name may hold an @ before no address."""
    found = _ADDRESS.search(text.strip())
    if found is None:
        return text.strip(), None
    return text.strip()[: found.start()], text.strip()[found.end() :]
