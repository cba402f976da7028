from __future__ import annotations

from pathlib import Path

import pytest

from tui_aide.errors import ExecutionError
from tui_aide.execution.executor import Execution
from tui_aide.execution.sandboxes.view import View, view_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home


def view(base: Path, *readable: Path, network: bool = False, gpus: str | None = "", inputs: str = "input") -> View:
    work = base / "session/nodes/0001/work"
    work.mkdir(parents=True, exist_ok=True)
    (base / "session/input").mkdir(exist_ok=True)
    execution = Execution(
        folder=work,
        output=work.parent / "output.log",
        inputs=(base / "session" / inputs,),
        seconds=1,
        network=network,
        gpus=gpus,
    )
    return view_of(execution, readable, ())


def test_a_run_sees_its_folder_its_inputs_and_the_system(home: Path) -> None:
    seen = view(home)
    assert seen.folder == str(home / "session/nodes/0001/work")
    assert seen.writable == (seen.folder,)
    assert str(home / "session/input") in seen.readable
    assert "/usr" in seen.readable
    assert not {"/", "/etc", "/home", "/root", "/var", "/proc", "/tmp"} & {*seen.readable}
    assert [p for p in seen.readable if p.startswith(str(home))] == [str(home / "session/input")]


@pytest.mark.parametrize("place", ["", "session", "session/nodes", "session/nodes/0001", ".."])
def test_no_place_of_the_interpreter_shows_the_home_or_the_session(home: Path, place: str) -> None:
    seen = view(home, home / place, Path("/"))
    assert [p for p in seen.readable if Path(p).is_relative_to(home.parent)] == [str(home / "session/input")]


def test_of_an_environment_that_holds_the_session_only_its_parts_are_shown(home: Path) -> None:
    environment = home / "project"
    for name in ("bin", "lib", "secrets"):
        (environment / name).mkdir(parents=True)
    (environment / "pyvenv.cfg").touch()
    seen = view(environment, environment)
    shown = {p for p in seen.readable if Path(p).is_relative_to(environment)}
    assert shown == {str(environment / name) for name in ("bin", "lib", "pyvenv.cfg", "session/input")}


def test_links_on_the_way_are_remade_and_what_they_lead_to_is_shown(home: Path) -> None:
    real = home / "store/python3"
    (real / "bin").mkdir(parents=True)
    (home / "store/latest").symlink_to("python3")
    (home / "python").symlink_to(home / "store/latest")
    seen = view(home, home / "python")
    assert str(real) in seen.readable
    assert (str(home / "python"), str(home / "store/latest")) in seen.links
    assert (str(home / "store/latest"), "python3") in seen.links


def test_inputs_behind_a_link_are_shown(home: Path) -> None:
    (home / "data").mkdir()
    (home / "session").mkdir()
    (home / "session/linked").symlink_to("../data")
    seen = view(home, inputs="linked")
    assert str(home / "data") in seen.readable
    assert (str(home / "session/linked"), "../data") in seen.links


def test_a_loop_of_links_is_an_error(home: Path) -> None:
    (home / "session").mkdir()
    (home / "session/loop").symlink_to("loop")
    with pytest.raises(ExecutionError, match="round in a loop"):
        view(home, inputs="loop")


def test_names_of_hosts_are_shown_with_the_network_only(home: Path) -> None:
    assert "/etc/hosts" not in view(home).readable
    assert "/etc/hosts" in view(home, network=True).readable
