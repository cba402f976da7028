from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest

_CHILD = """
import os, sys, time
from tui_aide.tasks.parent_death import {function}
{function}(int(sys.argv[1]))
print("ready", flush=True)
time.sleep(60)
"""

_PARENT = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
time.sleep(60)
"""


@pytest.mark.parametrize("function", ["die_with_parent", "watch_parent"])
def test_the_child_dies_with_its_parent(function: str) -> None:
    child_code = _CHILD.format(function=function)
    with subprocess.Popen([sys.executable, "-c", _PARENT, child_code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        (child,) = psutil.Process(parent.pid).children()
        parent.kill()
    end = time.monotonic() + 2
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("function", ["die_with_parent", "watch_parent"])
def test_a_parent_that_is_dead_already_ends_the_child(function: str) -> None:
    nobody = os.getpid() + 1  # not the parent
    command = [sys.executable, "-c", _CHILD.format(function=function), str(nobody)]
    assert subprocess.run(command, timeout=20, stdout=subprocess.DEVNULL, check=False).returncode == 1
