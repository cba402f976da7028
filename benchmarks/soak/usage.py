"""What a process holds: memory of its own, descriptors, threads."""

from __future__ import annotations

import msgspec
import psutil


class Usage(msgspec.Struct, frozen=True):
    """What a process held at one moment; `memory` in bytes that no other process shares, `tasks` of its event loop."""

    nodes: int
    memory: int
    descriptors: int
    threads: int
    tasks: int = 0


def usage(process: psutil.Process, nodes: int, tasks: int = 0) -> Usage:
    """Return what a process holds now."""
    memory = int(process.memory_full_info().uss)
    return Usage(nodes, memory, process.num_fds(), process.num_threads(), tasks)


def per_node(samples: list[Usage]) -> float:
    """Return the bytes that a node costs: the slope of the line of least squares through the samples."""
    x = [float(s.nodes) for s in samples]
    y = [float(s.memory) for s in samples]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((a - mean_x) ** 2 for a in x)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread if spread else 0.0
