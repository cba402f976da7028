"""What a script may try to use up, or to outlive: what becomes of it, and what the verdict says."""

from __future__ import annotations

import pytest

from tests.execution.attacks.attacking import LANES, MODES, attack

pytestmark = [pytest.mark.parametrize("lane", LANES), pytest.mark.parametrize("mode", MODES)]

FORK_BOMB = """
import os, time
count = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        count += 1
except OSError as error:
    print("stopped at", count, error.strerror, flush=True)
"""

LEAVER = """
import json, subprocess, sys, time
canary = json.load(open("targets.json"))["canary"]
"""


def test_fork_bomb_is_bounded(mode: str, lane: str) -> None:
    told = attack(mode, lane, FORK_BOMB, limits={"processes": 40, "memory": None, "seconds": 10})
    outcome = told["outcome"]
    if outcome["reason"] == "exited":
        assert "Resource temporarily unavailable" in told["output"]
        assert 20 < int(told["output"].split()[2]) <= 40
    else:
        assert outcome["message"] == "killed: more than 40 processes"
    assert outcome["seconds"] < 8


@pytest.mark.parametrize("step", [pytest.param("10**9", id="at once"), pytest.param("10**7", id="bit by bit")])
def test_memory_bomb_is_out_of_memory(mode: str, lane: str, step: str) -> None:
    script = f"""
import time
held = []
while True:
    held.append(bytearray(b"x") * {step})
    time.sleep({step} / 10**9)
"""
    outcome = attack(mode, lane, script, limits={"memory": 200 * 2**20})["outcome"]
    assert outcome["reason"] == "out_of_memory", outcome
    assert outcome["message"].endswith("of 200 MB memory")


def test_filled_folder_is_told(mode: str, lane: str) -> None:
    script = """
with open("big", "wb") as file:
    while True:
        file.write(bytes(10**6))
        file.flush()
"""
    told = attack(mode, lane, script, limits={"disk": 30 * 2**20})
    if told["outcome"]["reason"] == "exited":
        assert "File too large" in told["output"]
    else:
        assert told["outcome"]["reason"] == "disk_full"


def test_flood_of_output_is_told(mode: str, lane: str) -> None:
    told = attack(mode, lane, "while True: print('x' * 10**6)", limits={"output_bytes": 50 * 10**6})
    assert told["outcome"]["reason"] == "output_limit"
    assert told["spool"] < 20 * 10**6


def test_daemon_does_not_outlive_the_script(mode: str, lane: str) -> None:
    script = (
        LEAVER
        + """
command = [sys.executable, "-c", "import time; time.sleep(60)", "left-" + canary]
subprocess.Popen(command, start_new_session=True)
time.sleep(0.3)
"""
    )
    told = attack(mode, lane, script)
    assert told["outcome"]["returncode"] == 0, told["output"]
    assert told["after"]["marked"] == 0


def test_daemon_does_not_outlive_the_timeout(mode: str, lane: str) -> None:
    script = (
        LEAVER
        + """
code = "import os, signal, time\\nfor n in range(1, 32):\\n    try: signal.signal(n, signal.SIG_IGN)\\n"
code += "    except OSError: pass\\nif os.fork() == 0:\\n    os.setsid()\\n    os.fork()\\ntime.sleep(60)"
subprocess.Popen([sys.executable, "-c", code, "left-" + canary], start_new_session=True)
time.sleep(60)
"""
    )
    told = attack(mode, lane, script, limits={"seconds": 1.0})
    assert told["outcome"]["reason"] == "timeout"
    assert told["outcome"]["seconds"] < 4
    assert told["after"]["marked"] == 0


def test_script_that_stops_itself_is_killed(mode: str, lane: str) -> None:
    told = attack(mode, lane, "import os, signal; os.kill(0, signal.SIGSTOP)", limits={"seconds": 1.0})
    assert told["outcome"]["reason"] == "timeout"
    assert told["outcome"]["seconds"] < 4


def test_script_that_ignores_signals_is_killed(mode: str, lane: str) -> None:
    script = """
import signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)
while True:
    time.sleep(1)
"""
    told = attack(mode, lane, script, limits={"seconds": 1.0})
    assert told["outcome"]["reason"] == "timeout"
    assert told["outcome"]["seconds"] < 4


def test_end_by_a_signal_is_told_as_one(mode: str, lane: str) -> None:
    outcome = attack(mode, lane, "import ctypes; ctypes.string_at(0)")["outcome"]
    assert (outcome["reason"], outcome["returncode"]) == ("exited", -11)
