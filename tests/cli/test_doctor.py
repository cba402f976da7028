"""What `tui-aide doctor` says of this machine, and that a broken or silent part costs only its own row."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.program import Program
from tui_aide.cli import machine
from tui_aide.cli.doctor import _together
from tui_aide.cli.machine import Finding
from tui_aide.errors import ModelError
from tui_aide.installing import install_command

UTF8 = {"LANG": "en_GB.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor"}


class _Models(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        known = self.path.endswith("/models")
        body = json.dumps({"object": "list", "data": [{"id": "tiny\x1b[31m-r1", "owned_by": "vllm"}]}).encode()
        self.send_response(200 if known else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[str]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Models)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_address[1]}/v1"
    http.shutdown()
    http.server_close()
    thread.join()


def _checks(program: Program, *words: str, code: int = 0) -> dict[str, dict[str, str]]:
    done = program.run("doctor", "--json", *words)
    assert done.returncode == code, done.stderr
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def test_every_row_says_whether_it_is_as_wanted(program: Program) -> None:
    done = program.run("doctor")
    assert done.returncode == 0
    rows = [line for line in done.stdout.splitlines()[:-1] if not line.startswith(" ")]
    assert {row.split()[0] for row in rows} <= {"ok", "note", "lacks"}
    names = {row.split()[1] for row in rows}
    assert {"python", "packages", "terminal", "cpu", "memory", "disk", "vllm", "docker", "ray", "sandbox"} <= names
    assert "to note" in done.stdout.splitlines()[-1]


def test_the_sessions_folder_need_not_be_there(program: Program) -> None:
    assert not program.sessions.exists()
    found = _checks(program)["disk"]
    assert str(program.sessions) in found["found"]
    assert not program.sessions.exists()


def test_the_key_is_told_of_but_never_shown(program: Program) -> None:
    program.environment["OTHER_KEY"] = "sk-secret-123"
    done = program.run("doctor", "--api-key-env", "OTHER_KEY")
    assert "OTHER_KEY is set" in done.stdout
    assert "secret" not in done.stdout + done.stderr


def test_a_named_server_that_does_not_answer_fails(program: Program) -> None:
    found = _checks(program, "--base-url", "http://127.0.0.1:9/v1", code=1)
    assert found["server"]["state"] == "lacks"
    assert "http://127.0.0.1:9/v1" in found["server"]["found"]


def test_a_server_that_answers_is_told_with_its_models(program: Program, server: str) -> None:
    found = _checks(program, "--base-url", server)["server"]
    assert found["state"] == "ok"
    assert server in found["found"]
    lines = program.run("doctor", "--base-url", server).stdout
    assert "vLLM" in lines
    assert "-r1" in lines
    assert "\x1b" not in lines


def test_an_address_that_is_none_is_wrong_usage(program: Program) -> None:
    done = program.run("doctor", "--base-url", "ftp://x")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def _nvidia_smi(folder: Path, script: str) -> None:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_gpus_are_told_with_their_free_memory(program: Program, tmp_path: Path) -> None:
    line = "0, GPU-1, NVIDIA H100 80GB HBM3, 81559, 40000, 9.0, 550.54, 3, 41, Disabled"
    _nvidia_smi(tmp_path, f"echo '{line}'")
    program.environment["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
    found = _checks(program)["gpu 0"]
    assert found["state"] == "ok"
    assert found["found"] == "NVIDIA H100 80GB HBM3, 39.1 of 79.6 GiB free, driver 550.54"


def test_a_broken_driver_is_told(program: Program, tmp_path: Path) -> None:
    _nvidia_smi(tmp_path, "echo 'Driver/library version mismatch'; exit 18")
    program.environment["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
    found = _checks(program)["gpu"]
    assert "Driver/library version mismatch" in found["found"]
    assert found["remedy"]


def test_a_python_without_vllm_that_was_named_is_told(program: Program) -> None:
    program.environment["TUI_AIDE_VLLM_PYTHON"] = "/nowhere/python"
    found = _checks(program)["vllm"]
    assert found["state"] == "lacks"
    assert "/nowhere/python" in found["found"]


def test_a_place_that_cannot_hold_sessions_is_lacking(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert machine.disk(tmp_path / "file" / "sessions").state == "lacks"
    assert machine.disk(tmp_path / "new" / "sessions").state in ("ok", "note")


def test_the_other_folders_are_told_of_where_they_cannot_be_written(program: Program, tmp_path: Path) -> None:
    assert not {"cache", "settings"} & _checks(program).keys()
    (tmp_path / "file").write_text("")
    program.environment |= {"TUI_AIDE_CACHE_DIR": str(tmp_path / "file" / "a"), "TUI_AIDE_CONFIG_DIR": "/dev/null"}
    found = _checks(program)
    assert found["cache"]["state"] == "lacks"
    assert "export TUI_AIDE_CACHE_DIR=" in found["cache"]["remedy"]
    assert "export TUI_AIDE_CONFIG_DIR=" in found["settings"]["remedy"]
    assert "TUI_AIDE_CACHE_DIR" in program.run("run", "digits", "--model", "builtin", "--headless").stderr


def test_a_proxy_is_told_of_without_its_password(program: Program) -> None:
    program.environment |= {"https_proxy": "http://me:secret@proxy.invalid:3128", "HTTP_PROXY": ""}
    done = program.run("doctor")
    assert "https_proxy set" in done.stdout
    assert "NO_PROXY" in done.stdout
    assert "HTTP_PROXY" not in done.stdout
    assert "secret" not in done.stdout


def test_every_row_that_is_not_as_wanted_has_a_remedy(program: Program) -> None:
    rows = _checks(program)
    assert [r for r in rows.values() if r["state"] != "ok" and not r["remedy"] and "left out" not in r["found"]] == []
    if "not installed" in rows["ray"]["found"]:
        assert rows["ray"]["remedy"] == install_command("ray")


@pytest.mark.parametrize(
    ("environ", "size", "state", "found"),
    [
        (UTF8, (120, 40), "ok", "120x40, 16 million colours, UTF-8"),
        (UTF8 | {"TMUX": "/tmp/x"}, (120, 40), "ok", "in tmux"),
        (UTF8, (59, 40), "lacks", "59x40"),
        (UTF8, (120, 15), "lacks", "120x15"),
        (UTF8 | {"TERM": "dumb"}, (120, 40), "lacks", "TERM=dumb"),
        (UTF8 | {"LANG": "C"}, (120, 40), "note", "ASCII signs"),
        ({"LANG": "C.UTF-8", "TERM": "screen-256color"}, (80, 24), "note", "256 colours"),
        (UTF8 | {"NO_COLOR": ""}, (80, 24), "ok", "no colours"),
        (UTF8, None, "note", "none here"),
    ],
)
def test_the_terminal_is_judged_by_what_it_can_show(
    environ: dict[str, str], size: tuple[int, int] | None, state: str, found: str
) -> None:
    finding = machine.terminal(environ, size)
    assert finding.state == state
    assert found in finding.found
    assert finding.remedy or state == "ok"


def test_a_probe_that_hangs_or_breaks_costs_only_its_row() -> None:
    never = threading.Event()

    def hangs() -> list[Finding]:
        never.wait()
        return []

    def breaks() -> list[Finding]:
        raise ModelError("no such thing")

    found = _together({"a": hangs, "b": breaks, "c": lambda: [Finding("c", "ok", "fine")]}, 0.2)
    never.set()
    assert [(f.name, f.state) for f in found] == [("a", "note"), ("b", "note"), ("c", "ok")]
    assert "did not answer" in found[0].found
    assert "no such thing" in found[1].found
