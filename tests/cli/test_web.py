"""`tui-aide web` without a browser: what it says, and whom it answers."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Program
from tui_aide.cli.web import DEFAULT_PORT
from tui_aide.cli.web_server import allowed, listen
from tui_aide.errors import UsageError
from tui_aide.installing import install_command
from tui_aide.models.servers import USUAL, parse_address
from tui_aide.models.serving.ports import free_port


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    program = Program(tmp_path_factory.mktemp("web"))
    address = f"http://127.0.0.1:{free_port()}"
    process = program.start("web", "--port", address.rpartition(":")[2])
    assert process.stdout is not None
    line = process.stdout.readline()
    assert address in line, process.stderr and process.stderr.read()
    yield address, process
    process.kill()
    process.communicate()


def _get(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        with e:
            return e.code, e.read().decode()


def test_the_page_asks_nobody_else(served: tuple[str, subprocess.Popen[str]]) -> None:
    status, page = _get(served[0])
    assert status == 200
    assert "<title>tui_aide</title>" in page
    assert 'data-font-size="15"' in page
    assert "https://" not in page
    assert "http://" not in page
    for path in ("css/xterm.css", "js/textual.js", "fonts/RobotoMono-VariableFont_wght.ttf"):
        assert f"static/{path}" in page
        with urllib.request.urlopen(f"{served[0]}/static/{path}", timeout=10) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("query", "size"), [("24", 24), ("999", 40), ("1", 8), ("x", 15), ("-3", 15), ('"><script>', 15), ("9" * 5000, 15)]
)
def test_the_size_of_letters_is_the_askers_within_limits(
    served: tuple[str, subprocess.Popen[str]], query: str, size: int
) -> None:
    _, page = _get(f"{served[0]}/?fontsize={urllib.request.quote(query)}")  # type: ignore[attr-defined]
    assert f'data-font-size="{size}"' in page


def test_other_pages_and_other_names_are_refused(served: tuple[str, subprocess.Popen[str]]) -> None:
    assert _get(served[0], Host="evil.example")[0] == 403
    assert _get(served[0] + "/ws", Origin="http://evil.example")[0] == 403
    assert _get(served[0] + "/ws", Origin="null")[0] == 403
    assert _get(served[0], Origin=served[0])[0] == 200


HERE = socket.gethostname().lower()


@pytest.mark.parametrize(
    ("host", "asked", "origin", "answer"),
    [
        ("127.0.0.1", "localhost:8000", None, True),
        ("127.0.0.1", "localhost:8000", "http://localhost:8000", True),
        ("127.0.0.1", "localhost:8000", "http://localhost:8001", False),
        ("127.0.0.1", "[::1]:8000", None, True),
        ("127.0.0.1", "127.0.0.1.evil.example:8000", None, False),
        ("127.0.0.1", "10.0.0.5:8000", None, False),
        ("localhost", "evil.example", "http://evil.example", False),
        ("0.0.0.0", f"{HERE}:8000", None, True),
        ("0.0.0.0", f"{HERE}:8000", f"http://{HERE}:8000", True),
        ("0.0.0.0", f"{HERE}:8000", "http://evil.example", False),
        ("0.0.0.0", "10.0.0.5:8000", "http://10.0.0.5:8000", True),
        ("0.0.0.0", "evil.example:8000", "http://evil.example:8000", False),
        ("127.0.0.1", "", None, False),
        ("127.0.0.1", "[::1", None, False),
        ("127.0.0.1", "localhost:8000", "http://[::1", False),
    ],
)  # fmt: skip
def test_who_may_ask(host: str, asked: str, origin: str | None, answer: bool) -> None:
    assert allowed(host, asked, origin) is answer


def test_a_proxys_name_is_known_when_it_is_given() -> None:
    assert allowed("127.0.0.1", "box.example", "https://box.example", "box.example")
    assert allowed("127.0.0.1", "127.0.0.1:8000", "https://box.example", "box.example")
    assert not allowed("127.0.0.1", "127.0.0.1:8000", "https://evil.example", "box.example")
    assert not allowed("127.0.0.1", "evil.example", "https://evil.example", "box.example")


def test_the_usual_port_is_none_that_model_servers_take() -> None:
    assert DEFAULT_PORT not in {parse_address(url).port for url in USUAL}


def test_a_port_that_is_taken_is_named_with_another(served: tuple[str, subprocess.Popen[str]], tmp_path: Path) -> None:
    port = served[0].rpartition(":")[2]
    done = Program(tmp_path).run("web", "--port", port)
    assert done.returncode == 2
    assert done.stderr == f"tui-aide: port {port} is taken; choose another, for example --port {int(port) + 1}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--port", "0"), "'0' is no port; write a number from 1 to 65535"),
        (("--port", "eighty"), "'eighty' is no port"),
        (("nothing-here",), "no session 'nothing-here'"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = Program(tmp_path).run("web", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(UsageError, match="no address of this machine"):
        listen("192.0.2.1", free_port())


def test_without_textual_serve_the_remedy_is_named(tmp_path: Path) -> None:
    (tmp_path / "textual_serve.py").write_text("raise ModuleNotFoundError('gone', name='textual_serve')\n")
    program = Program(tmp_path)
    program.environment["PYTHONPATH"] = str(tmp_path)
    done = program.run("web")
    assert done.returncode == 2
    assert done.stderr == (
        f"tui-aide: the browser needs textual_serve, which is missing: {install_command('web')}\n"
    )  # fmt: skip


def test_another_host_says_what_that_means_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    process = Program(tmp_path).start("web", "--host", "0.0.0.0", "--port", str(free_port()))
    assert process.stdout is not None
    assert f"http://{socket.gethostname()}:" in process.stdout.readline()
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "runs scripts as you: there is no password" in said
    assert "ssh -L" in said
