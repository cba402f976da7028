"""What a script may try to get hold of, or to change, outside: in each sandbox, as this user and as an ordinary one."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

from tests.execution.attacks import deeds
from tests.execution.attacks.attacking import LANES, MODES, attack

OUTSIDE = "looked at from outside"
WEAKER = {
    "landlock": {"command_lines_of_others", "fill_shared_memory", "leave_shared_memory"},
}
"""What a sandbox does not promise; docs/security.md says so."""

WORKING = (
    *("read_ssh_key", "read_private_labels", "walk_up_to_labels", "symlink_to_labels", "hard_link_to_labels"),
    *("labels_by_proc_root", "labels_by_proc_cwd", "labels_by_proc_fd", "read_another_session", "read_another_node"),
    *("environment_of_others", "command_lines_of_others", "write_to_home", "write_to_the_inputs"),
    *("replace_the_inputs", "change_permissions_outside", "cut_a_file_outside", "write_beside_its_folder"),
    *("write_to_the_spool", "connect_to_this_machine", "connect_to_its_address", "send_a_datagram"),
    *("connect_to_a_unix_socket", "connect_to_the_control_socket", "connect_to_an_abstract_socket"),
    *("connect_to_docker_or_dbus", "signal_another_process", "kill_the_supervisor", "limit_another_process"),
    *("slow_another_process", "move_another_process", "gain_rights_by_a_program", "leave_shared_memory"),
    "read_the_generators",
)
"""What works without a sandbox, wherever these tests run, and does no harm."""


@functools.cache
def done(mode: str, lane: str, *, warm: bool = False, network: bool = False) -> dict[str, Any]:
    text = Path(deeds.__file__).read_text()
    return attack(mode, lane, text, only=WORKING if mode == "none" else (), warm=warm, network=network)


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("deed", deeds.NAMES)
def test_a_script_gets_nothing(mode: str, lane: str, deed: str) -> None:
    if deed in WEAKER.get(mode, ()):
        pytest.skip(f"{mode} does not promise it")
    told = done(mode, lane)["done"][deed]
    assert told["got"] in ("", OUTSIDE), told


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("mode", MODES)
def test_nothing_has_changed_outside(mode: str, lane: str) -> None:
    told = done(mode, lane)
    assert told["outcome"]["reason"] == "exited", told
    assert told["outcome"]["returncode"] == 0, told["output"]
    after = told["after"]
    assert after["alive"]
    assert after["public"] == ["public", "0o644", False]
    assert after["device"] == "0o0"
    assert after["inputs"] == "a,b\n1,2\n"
    assert after["beside"] == ["output.log", "work"]
    assert "forged" not in told["output"]
    assert after["shm"] is (mode == "landlock")


@pytest.mark.parametrize("deed", WORKING)
def test_the_attack_works_where_there_is_no_sandbox(deed: str) -> None:
    told = done("none", "own")["done"][deed]
    assert told["got"], told


@pytest.mark.parametrize("deed", deeds.NAMES)
@pytest.mark.parametrize("mode", ["namespaces", "landlock"])
def test_a_script_that_is_forked_gets_nothing_either(mode: str, deed: str) -> None:
    told = done(mode, "own", warm=True)
    assert told["warm"] == 1, "it was not forked"
    if deed in WEAKER.get(mode, ()):
        pytest.skip(f"{mode} does not promise it")
    assert told["done"][deed]["got"] in ("", OUTSIDE), told["done"][deed]


@pytest.mark.parametrize("mode", MODES)
def test_a_network_that_the_task_opts_into_opens_nothing_else(mode: str) -> None:
    told = done(mode, "own", network=True)["done"]
    opened = {name for name in deeds.NAMES if told[name]["got"] not in ("", OUTSIDE)} - WEAKER.get(mode, set())
    assert opened == {"connect_to_this_machine", "connect_to_its_address", "send_a_datagram"}
