"""What scripts use while they run, and had used when they ended, in words: the most telling first."""

from __future__ import annotations

from tui_aide.tree.commands import RunningNode
from tui_aide.tree.node import Node
from tui_aide.tui.figures import duration, size


def running_words(now: RunningNode) -> list[str]:
    """Return what a node's running scripts use: time against its limit, CPU in percent of one core, memory, ..."""
    limit = f" of {duration(now.limit)}" if now.limit else ""
    words = [f"{duration(now.script_seconds)}{limit}", f"cpu {now.cpu_percent:.0f} %"]
    if now.peak_gpu_memory:  # where it has some, that of the GPUs runs out first
        words += [size(now.memory), f"gpu {_memory(now.gpu_memory, now.peak_gpu_memory)}"]
    else:
        words.append(_memory(now.memory, now.peak_memory))
    if now.scripts > 1:
        words.insert(0, f"{now.scripts} scripts")
    if now.output:
        words.append(f"out {size(now.output)}")
    if now.disk:
        words.append(f"disk {size(now.disk)}")
    return words


def _memory(now: int, peak: int) -> str:
    return f"{size(now)} (peak {size(peak)})" if peak > 1.05 * now else size(now)


def ran_words(node: Node) -> list[str]:
    """Return what a node's scripts used in all; nothing where none ran."""
    words = []
    if node.peak_memory:
        words.append(f"peak {size(node.peak_memory)}")
    if node.gpu_memory:
        words.append(f"gpu {size(node.gpu_memory)}")
    if node.cpu_seconds:
        share = f" ({100 * node.cpu_seconds / node.execution_seconds:.0f} %)" if node.execution_seconds >= 1 else ""
        words.append(f"cpu {duration(node.cpu_seconds)}{share}")
    if node.output:
        words.append(f"out {size(node.output)}")
    if node.disk:
        words.append(f"disk {size(node.disk)}")
    if node.executions > 1:
        words.append(f"{node.executions} runs")
    return words
