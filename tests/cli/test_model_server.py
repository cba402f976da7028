"""A search with a model behind an OpenAI-compatible server: a small real HTTP server that streams like vLLM."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.cli.program import Program
from tui_aide.errors import ModelError, UsageError
from tui_aide.models import servers
from tui_aide.sessions.model_choice import ModelChoice, check_roles, choose_model

SCRIPT = """
import csv
with open("input/train.csv") as f:
    rows = list(csv.DictReader(f))
slope = sum(float(r["a"]) * float(r["y"]) for r in rows) / sum(float(r["a"]) ** 2 for r in rows)
print("slope", slope)
with open("input/test.csv") as f, open("submission.csv", "w") as out:
    out.write("id,y\\n")
    for r in csv.DictReader(f):
        out.write(f"{r['id']},{slope * float(r['a'])}\\n")
"""


class Handler(BaseHTTPRequestHandler):
    requests: ClassVar[list[dict[str, Any]]] = []
    keys: ClassVar[list[str | None]] = []
    models: ClassVar[tuple[int, object]] = (200, None)
    refusal: ClassVar[int] = 0

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.keys.append(self.headers["authorization"])
        status, answer = self.models
        body = json.dumps(answer or {"object": "list", "data": [{"id": "tiny-r1", "max_model_len": 32768}]}).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.requests.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        if self.refusal:
            body = json.dumps({"error": f"not for {self.headers['authorization']}"}).encode()
            self.send_response(self.refusal)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        deltas = [{"reasoning": "One slope "}, {"reasoning": "is enough."}, {}]
        deltas += [{"content": f"\n\nFit a line.\n\n```python{SCRIPT}```\n"}]
        for delta in deltas:
            self._say({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        self._say({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self._say({"choices": [], "usage": {"prompt_tokens": 700, "completion_tokens": 120, "total_tokens": 820}})
        self.wfile.write(b"data: [DONE]\n\n")

    def _say(self, chunk: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Handler, "models", (200, None))
    Handler.requests.clear()
    Handler.keys.clear()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}/v1"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_search_with_a_served_model(program: Program, task: Path, server: str) -> None:
    program.environment["OPENAI_API_KEY"] = "sk-canary"
    done = program.run("run", str(task), "--base-url", server, "--nodes", "3", "--headless", "--json", "--name", "one")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["model"] == "tiny-r1"
    assert summary["tokens"]["prompt"] == 3 * 700
    assert set(Handler.keys[-3:]) == {"Bearer sk-canary"}
    assert summary["best"]["score"] < 0.3
    node = program.sessions / "one" / "nodes" / "0000"
    assert (node / "reasoning.md").read_text() == "One slope is enough."
    assert "Fit a line." in (node / "plan.md").read_text()
    (message,) = Handler.requests[0]["messages"]
    assert message["role"] == "user"
    assert "`./submission.csv`" in message["content"]
    assert message["content"] in (node / "prompt.md").read_text()
    kept = [p for p in (program.sessions / "one").rglob("*") if p.is_file() and b"sk-canary" in p.read_bytes()]
    assert kept == []


@pytest.mark.parametrize("status", [400, 401])
def test_a_key_that_the_server_repeats_is_in_no_file_and_no_output(
    program: Program, task: Path, server: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.environment["OPENAI_API_KEY"] = "sk-canary"
    monkeypatch.setattr(Handler, "refusal", status)
    done = program.run("run", str(task), "--base-url", server, "--nodes", "2", "--headless", "--json", "--name", "one")
    assert "not for Bearer ***" in done.stdout
    assert "sk-canary" not in done.stdout + done.stderr
    kept = [p for p in (program.sessions / "one").rglob("*") if p.is_file() and b"sk-canary" in p.read_bytes()]
    assert kept == []


def test_model_that_is_not_served_is_refused_with_the_nearest(program: Program, task: Path, server: str) -> None:
    done = program.run("run", str(task), "--base-url", server, "--model", "tiny-r", "--headless")
    assert done.returncode == 2
    assert "Did you mean 'tiny-r1'?" in done.stderr
    assert not program.sessions.exists()


def test_server_that_does_not_answer_is_said_before_any_work(program: Program, task: Path) -> None:
    done = program.run("run", str(task), "--base-url", "http://127.0.0.1:9/v1", "--headless")
    assert done.returncode == 2
    assert "no model server answers there" in done.stderr
    assert not program.sessions.exists()


def test_models_lists_the_builtin_and_what_is_served(program: Program, server: str) -> None:
    done = program.run("models", "--base-url", server, "--json")
    assert [m["model"] for m in json.loads(done.stdout)] == ["builtin", "tiny-r1"]
    assert program.run("models", "--base-url", "http://127.0.0.1:9").returncode == 1


def told(line: str) -> None:
    """Takes what `choose_model` says."""


def test_an_address_with_a_password_is_refused_before_any_work(program: Program, task: Path) -> None:
    done = program.run("run", str(task), "--base-url", "http://me:s3cret@127.0.0.1:9/v1", "--headless")
    assert done.returncode == 2
    assert "OPENAI_API_KEY" in done.stderr
    assert "s3cret" not in done.stderr
    assert not program.sessions.exists()


def test_only_a_named_server_is_sent_the_key(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    monkeypatch.setattr(servers, "USUAL", (server,))
    assert choose_model(None, (), told) == ModelChoice("tiny-r1", (server,))
    assert choose_model("tiny-r1", (), told) == ModelChoice("tiny-r1", (server,))
    assert Handler.keys == [None, None]
    assert choose_model(None, [server], told) == ModelChoice("tiny-r1", (server,))
    assert Handler.keys == [None, None, "Bearer sk-canary"]


def test_a_server_without_a_list_of_models_is_used_when_the_model_is_named(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "models", (405, {"error": "no list"}))
    assert choose_model("mine", [server], told) == ModelChoice("mine", (server,))
    with pytest.raises(UsageError, match="--model NAME"):
        choose_model(None, [server], told)


def test_a_server_that_takes_its_time_is_waited_for_with_a_word(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    told_of = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        told_of.set()

    answer = Handler.do_GET

    def late(self: Handler) -> None:
        told_of.wait(8.0)
        answer(self)

    monkeypatch.setattr(Handler, "do_GET", late)
    assert choose_model("tiny-r1", [server], say) == ModelChoice("tiny-r1", (server,))
    assert said == [f"waiting for an answer of {server} ..."]


def test_a_named_server_that_wants_a_key_says_so(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handler, "models", (401, {"error": "Unauthorized"}))
    with pytest.raises(ModelError, match=r"Unauthorized.*\$OPENAI_API_KEY"):
        choose_model(None, [server], told)


def test_a_model_without_any_server_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "USUAL", ("http://127.0.0.1:9/v1",))
    with pytest.raises(UsageError, match=r"no model server answers.*--base-url URL, or use --model builtin"):
        choose_model("tiny-r1", (), told)
    with pytest.raises(UsageError, match="Did you mean 'builtin'"):
        choose_model("bultin", (), told)


def test_a_model_that_no_found_server_has_is_refused_with_the_nearest(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "USUAL", (server,))
    with pytest.raises(UsageError, match="Did you mean 'tiny-r1'"):
        choose_model("tiny-r", (), told)


def test_a_server_named_twice_is_one(server: str) -> None:
    root = server.removesuffix("/v1")
    assert choose_model(None, [server, root, f"{server}/"], told).base_urls == (server,)


def test_the_models_of_roles_are_looked_for_before_any_work(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    chosen = ModelChoice("tiny-r1", (server,))
    check_roles({"critic": "tiny-r1", "planner": f"tiny-r1@{server}"}, chosen, named=False)
    assert Handler.keys == [None, "Bearer sk-canary"]
    with pytest.raises(UsageError, match=r"--role critic=tiny-r: 'tiny-r' is not served at .*Did you mean 'tiny-r1'"):
        check_roles({"critic": "tiny-r"}, chosen, named=True)
    with pytest.raises(UsageError, match=r"no model server answers at http://127\.0\.0\.1:9/v1"):
        check_roles({"critic": "tiny-r1@http://127.0.0.1:9/v1"}, chosen, named=True)
    with pytest.raises(UsageError, match="needs a model server"):
        check_roles({"critic": "tiny-r1"}, ModelChoice("builtin"), named=False)
    own = ModelChoice("deepseek-r1-7b", serve="deepseek-r1-7b")
    check_roles({"critic": "deepseek-r1-7b"}, own, named=False)
    with pytest.raises(UsageError, match=r"serves deepseek-r1-7b alone.*critic=qwen3-14b@URL"):
        check_roles({"critic": "qwen3-14b"}, own, named=False)


def test_a_role_with_a_password_is_refused_before_any_work(program: Program, task: Path, server: str) -> None:
    role = "critic=tiny-r1@http://me:s3cret@127.0.0.1:9/v1"
    done = program.run("run", str(task), "--base-url", server, "--role", role, "--headless")
    assert done.returncode == 2
    assert "s3cret" not in done.stderr
    assert not program.sessions.exists()


def test_models_tells_what_is_wrong_with_a_named_server(
    program: Program, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "models", (200, {"object": "list", "data": []}))
    assert "no models are listed" in program.run("models", "--base-url", server).stdout
    silent = program.run("models", "--base-url", "http://127.0.0.1:9", "--json")
    assert silent.returncode == 1
    assert [m["model"] for m in json.loads(silent.stdout)] == ["builtin"]
    assert "no server answers at http://127.0.0.1:9/v1" in silent.stderr


def test_names_of_models_cannot_command_the_terminal(
    program: Program, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "models", (200, {"object": "list", "data": [{"id": "evil\x1b[2J"}]}))
    assert "\x1b" not in program.run("models", "--base-url", server).stdout


def test_the_builtin_proposer_at_a_server_is_refused(server: str) -> None:
    with pytest.raises(UsageError, match="leave out --base-url"):
        choose_model("builtin", [server], told)
