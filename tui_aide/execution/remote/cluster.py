"""The connection to a Ray cluster: made in bounded time, its nodes looked at, tasks submitted and cancelled."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec

import tui_aide
from tui_aide.errors import ExecutionError
from tui_aide.execution.executor import Place
from tui_aide.execution.interpreter import Interpreter, common
from tui_aide.execution.remote import probe, worker
from tui_aide.execution.remote.messages import from_line
from tui_aide.installing import install_command

_SOCKET_SECONDS = 5.0
_PROBE_SECONDS = 90.0
_BACKPRESSURE = 16
"""Messages of a task that may wait for us, of about 1 MB each at most."""


class Node(msgspec.Struct, frozen=True):
    """A node of the cluster: its id, its address, and what it offers: CPUs, bytes of memory, GPUs."""

    id: str
    address: str
    cpus: float
    memory: int
    gpus: float

    @property
    def name(self) -> str:
        """What users are told, as `worker.node_name` tells it."""
        return f"{self.address} ({self.id[:8]})"


def connect(address: str) -> None:
    """Connect this process to a cluster, quietly; several nodes may be looked at then.

    Raises:
        ExecutionError: Ray is not installed, no cluster answers there, or it has another version.
    """
    if importlib.util.find_spec("ray") is None:
        raise ExecutionError(f"--executor ray needs the package ray: {install_command('ray')}.")
    _check_address(address)
    import ray

    os.environ.pop("RAY_ADDRESS", None)  # the address is given; else Ray would prefer this for `auto`
    package = Path(tui_aide.__file__).parent
    try:
        ray.init(
            address=address,
            namespace="tui-aide",
            log_to_driver=False,
            logging_level="ERROR",
            runtime_env={"py_modules": [str(package)], "excludes": ["**/__pycache__"]},
        )
    except (ConnectionError, RuntimeError, ValueError, OSError, ray.exceptions.RayError) as error:
        raise ExecutionError(_connection_error(address, str(error))) from error


def _check_address(address: str) -> None:
    """Raise where nothing answers: Ray itself would try for long."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdigit():
        raise ExecutionError(
            f"--ray-address {address} is not HOST:PORT, such as 10.0.0.1:6379; for a cluster behind ray:// "
            "start tui-aide on one of its nodes, with --ray-address auto."
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_SOCKET_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise ExecutionError(
            f"no Ray cluster answers at {address} ({getattr(error, 'strerror', None) or error}); start one by "
            "`ray start --head`, or name another by --ray-address."
        ) from error


def _connection_error(address: str, text: str) -> str:
    words = " ".join(text.split())
    if "Version mismatch" in words:
        return (
            f"the Ray cluster at {address} has another version of Ray or Python than this one: "
            f"{words.partition('Version mismatch:')[2].strip()[:300]}; install the same here or there."
        )
    if "Could not find any running Ray instance" in words:
        return (
            "this machine is no node of a Ray cluster; start one by `ray start --head`, or name one by "
            "--ray-address HOST:6379."
        )
    if "node" in words and ("Can't find" in words or "not find" in words):
        return (
            f"this machine is no node of the Ray cluster at {address}; join it by "
            f"`ray start --address={address} --num-cpus=0`, which lets no script run here."
        )
    return f"no connection to the Ray cluster at {address}: {words[:300] or 'no reason was given'}"


def nodes() -> list[Node]:
    """Return the nodes that live and offer CPUs."""
    import ray

    found = []
    for node in ray.nodes():
        offered = node["Resources"]
        if node["Alive"] and offered.get("CPU", 0) > 0:
            found.append(
                Node(
                    node["NodeID"],
                    node["NodeManagerAddress"],
                    offered["CPU"],
                    int(offered.get("memory", 0)),
                    offered.get("GPU", 0.0),
                )
            )
    return found


def look_at_nodes(python: str | None, sandbox: str) -> tuple[Place, Interpreter]:
    """Look at every node, which starts a worker there, too; return where scripts run, and the Python that they have.

    Raises:
        ExecutionError: a node can run no scripts, or does not answer.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    present = nodes()
    if not present:
        raise ExecutionError("no node of the Ray cluster offers a CPU; add one by `ray start --address=HOST:PORT`.")
    look = ray.remote(probe.look)
    asked = {
        look.options(
            num_cpus=0, max_retries=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False)
        ).remote(python, sandbox): node
        for node in present
    }
    answered, silent = ray.wait(list(asked), num_returns=len(asked), timeout=_PROBE_SECONDS)
    if silent:
        raise ExecutionError(f"node {asked[silent[0]].name} of the Ray cluster does not answer; look at `ray status`.")
    warnings: dict[str, str] = {}
    words = set()
    interpreters: list[Interpreter] = []
    for reference in answered:
        node = asked[reference]
        try:
            told: dict[str, str] = ray.get(reference)
        except ray.exceptions.RayError as error:
            raise ExecutionError(f"node {node.name} {failure_words(error)}") from error
        if "error" in told:
            raise ExecutionError(f"node {node.name} {told['error']}")
        words.add(told["words"])
        interpreters.append(from_line(told["interpreter"].encode(), Interpreter))
        if told["warning"]:
            warnings.setdefault(told["warning"], told["remedy"])
    cpus = sum(node.cpus for node in present)
    count = f"{len(present)} node{'s' * (len(present) > 1)}, {cpus:g} CPUs"
    warning, remedy = next(iter(warnings.items()), ("", ""))
    place = Place(f"Ray cluster ({count}), {' or '.join(sorted(words))}", warning, remedy)
    return place, msgspec.structs.replace(common(interpreters), elsewhere=True)


def failure_words(error: Exception) -> str:
    """Return what is wrong with a node that raised this in our own code."""
    import ray

    text = str(error).strip()
    if isinstance(error, ray.exceptions.RuntimeEnvSetupError):
        return f"could not take tui_aide's own code: {' '.join(text.split())[-300:]}"
    last = text.splitlines()[-1].strip() if text else type(error).__name__
    if "ModuleNotFoundError" in last or "No module named" in last:
        return f"lacks a Python package ({last[-200:]}); install it there"
    return f"failed: {last[-300:]}"


def submit(job: bytes, parcels: list[list[Any]], cpus: float, memory: int, gpus: float) -> AsyncIterator[Any]:
    """Submit a task that runs a script; return its stream of references to messages."""
    import ray

    task = ray.remote(worker.run_script).options(
        num_cpus=cpus,
        num_gpus=gpus,
        max_retries=0,
        num_returns="streaming",
        _generator_backpressure_num_objects=_BACKPRESSURE,
        **({"memory": memory} if memory else {}),
    )
    stream: AsyncIterator[Any] = task.remote(job, parcels)
    return stream


def cancel(stream: AsyncIterator[Any], *, force: bool) -> None:
    """Interrupt a task, or kill its worker; nothing happens where it has ended."""
    import ray

    with contextlib.suppress(ray.exceptions.RayError, ValueError):
        ray.cancel(stream, force=force)
