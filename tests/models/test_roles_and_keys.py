from __future__ import annotations

import sys
import types
from collections.abc import AsyncGenerator

import msgspec
import pytest

from tests.models.requests import ask, collect
from tui_aide.errors import UsageError
from tui_aide.models.chat import ChatRequest, Delta, Finish
from tui_aide.models.keys import ApiKey
from tui_aide.models.roles import RoleModels, parse_role, split_model
from tui_aide.tree.node import Tokens


class Named:
    """Answers with its own name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = False

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
        yield Delta("answer", self.name)
        yield Finish("stop", Tokens(1, 0, 1))

    async def aclose(self) -> None:
        self.closed = True


async def test_each_role_has_its_model_and_the_rest_is_the_coders() -> None:
    coder, critic = Named("coder"), Named("critic")
    models = RoleModels(coder, {"critic": critic})
    for role, name in (("coder", "coder"), ("critic", "critic"), ("planner", "coder")):
        request = msgspec.structs.replace(ask(), role=role)
        assert (await collect(models, request))[0].answer == name
    assert models.name == "coder"
    await models.aclose()
    assert coder.closed
    assert critic.closed


def test_roles_are_read() -> None:
    assert parse_role("planner=qwen3-32b@http://box:8000/v1") == ("planner", "qwen3-32b@http://box:8000/v1")
    assert split_model("qwen3-32b@http://box:8000/v1") == ("qwen3-32b", "http://box:8000/v1")
    assert split_model("qwen3-32b@box:8000") == ("qwen3-32b", "box:8000")
    assert split_model("org/model@main") == ("org/model@main", None)
    assert split_model("qwen3-32b") == ("qwen3-32b", None)
    assert split_model("m@[::1]:8000/v1") == ("m", "[::1]:8000/v1")
    assert split_model("m@q4@localhost") == ("m@q4", "localhost")
    assert split_model("m@sha256:abc") == ("m@sha256:abc", None)


@pytest.mark.parametrize("text", ["m@http://me:s3cret@box:8000/v1", "m@me:s3cret@box:8000", "m@https://s3cret@box/v1"])
def test_a_role_whose_address_holds_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="--role holds a user name or a password") as caught:
        parse_role(f"critic={text}")
    assert "s3cret" not in str(caught.value)


def test_the_name_is_that_of_the_model_that_writes_scripts() -> None:
    assert RoleModels(Named("served"), {"coder": Named("other")}).name == "other"


@pytest.mark.parametrize(
    ("text", "message"), [("planer=m", "Did you mean 'planner'"), ("planner", "ROLE=MODEL"), ("critic=", "ROLE=MODEL")]
)
def test_a_bad_role_is_refused_with_the_nearest(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_role(text)


def test_a_key_comes_from_the_environment_before_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = types.ModuleType("keyring")
    asked: list[tuple[str, str]] = []

    def get_password(service: str, user: str) -> str:
        asked.append((service, user))
        return "sk-ring\n"

    keyring.get_password = get_password  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setenv("SOME_KEY", " sk-env\n")
    key = ApiKey("SOME_KEY", "api.example.org")
    assert key.header == {"Authorization": "Bearer sk-env"}
    monkeypatch.delenv("SOME_KEY")
    assert key.value == key.value == "sk-ring"
    assert asked == [("tui_aide", "api.example.org")]
    assert key.hide("no sk-ring here") == "no *** here"


def test_a_keyring_that_fails_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = types.ModuleType("keyring")

    def get_password(service: str, user: str) -> str:
        raise RuntimeError("locked")

    keyring.get_password = get_password  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.delenv("SOME_KEY", raising=False)
    assert ApiKey("SOME_KEY", "h").value is None
    assert ApiKey("SOME_KEY", "h").header == {}
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert ApiKey("SOME_KEY", "h").value is None
