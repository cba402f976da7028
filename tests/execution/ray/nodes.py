"""A real Ray cluster on this machine, in a process of its own so that nothing of Ray's enters the tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

_SERVE = """
import json, sys
from ray.cluster_utils import Cluster

cluster, nodes = None, {}
for line in sys.stdin:
    what, name, options = json.loads(line)
    if what == "add":
        common = dict(include_dashboard=False, object_store_memory=80 << 20, **options)
        if cluster is None:
            cluster = Cluster(initialize_head=True, head_node_args=common)
            nodes[name] = cluster.head_node
        else:
            common.pop("include_dashboard")
            nodes[name] = cluster.add_node(**common)
        cluster.wait_for_nodes()
    else:
        cluster.remove_node(nodes.pop(name), allow_graceful=False)
    print("ready", cluster.address, flush=True)
cluster.shutdown()
"""


class RayNodes:
    """A cluster whose nodes differ in where they keep inputs, so that each acts as a machine of its own."""

    def __init__(self) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # sockets need a short path
        self.address = ""
        with (self.place / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd="/",
                text=True,
                env=os.environ | {"RAY_TMPDIR": str(self.place), "TMPDIR": str(self.place)},
                start_new_session=True,
            )

    def add(self, name: str, **options: Any) -> None:
        """Add a node; `options` are Ray's, such as `num_cpus`."""
        cache = {"XDG_CACHE_HOME": str(self.place / name)}
        self._ask("add", name, {**options, "env_vars": cache | options.get("env_vars", {})})

    def remove(self, name: str) -> None:
        """Kill a node, as by a power cut."""
        self._ask("remove", name, {})

    def inputs_of(self, name: str) -> list[Path]:
        """Return the input folders that a node keeps."""
        return [path for path in self.place.glob(f"{name}/tui-aide/ray/*") if path.is_dir()]

    def runs(self) -> list[Path]:
        """Return the work folders that there are now."""
        return list(self.place.glob("tui-aide-*/runs/*"))

    def processes(self) -> list[psutil.Process]:
        """Return all processes of the cluster."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("RAY_TMPDIR") == str(self.place):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def workers(self) -> list[psutil.Process]:
        """Return the processes that run a script's task now."""
        return [p for p in self.processes() if any("ray::run_script" in word for word in p.cmdline())]

    def close(self) -> None:
        """End the cluster, and whatever it leaves."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        deadline = time.monotonic() + 5
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.1)
        for process in left:
            process.kill()
        shutil.rmtree(self.place, ignore_errors=True)

    def _ask(self, *command: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        words = self._process.stdout.readline().split()
        while words and words[0] != "ready":
            words = self._process.stdout.readline().split()
        if not words:
            raise RuntimeError((self.place / "log").read_text()[-2000:])
        self.address = words[1]
