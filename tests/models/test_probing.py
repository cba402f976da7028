"""Who answers at an address, and what is served there."""

from __future__ import annotations

import pytest

from tests.models.replay import Replay, refusal
from tui_aide.errors import ModelError
from tui_aide.models import servers
from tui_aide.models.probing import ask, probe
from tui_aide.models.serving.ports import free_port


async def test_probe_tells_servers_from_silence(server: Replay) -> None:
    for named in (True, False):
        assert await probe(server.url, named=named) == ["tiny-r1"]
        assert await probe(f"{server.url}/v1/", named=named) == ["tiny-r1"]
        assert await probe(f"http://127.0.0.1:{free_port()}/v1", named=named) is None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (refusal(200, "<html>a web site</html>"), "is this an OpenAI-compatible server"),
        (refusal(401, "no key"), r"no key.*\$OPENAI_API_KEY"),
        (refusal(403, "not you, sk-canary"), r"not you, \*\*\*\. "),
        (refusal(503, "loading"), "loading"),
    ],
)
async def test_a_named_server_that_refuses_is_told_from_silence(
    server: Replay, answer: bytes, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    server.models = answer
    with pytest.raises(ModelError, match=message):
        await probe(server.url, named=True)
    assert await probe(server.url, named=False) is None


async def test_a_named_server_may_lack_a_list_of_models(server: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "USUAL", (f"{server.url}/v1",))
    for status in (404, 405):
        server.models = refusal(status, "no route")
        assert await ask([server.url]) == {server.url: []}
        assert await ask(servers.USUAL) == {}
