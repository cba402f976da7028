"""What scripts see of the machine's GPUs, and what their prompt says of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import msgspec

from tui_aide.tree.commands import GpuUse

SHARE = 0.3
"""The part of a GPU's memory that a server leaves to training unless the user says otherwise."""

_TAKEN = 0.2
_LEFT_ASLEEP = 3 * 2**30
"""What a sleeping server still holds: its CUDA context and its captured graphs."""


class ScriptGpus(msgspec.Struct, frozen=True, kw_only=True):
    """The GPUs of scripts.

    Attributes:
        devices: their numbers, such as `0,1`; empty for none, None for those that this process sees. They are dealt out
            among the execution slots.
        fraction: share of their memory that one script should keep to, 0..1; None is no limit.
        words: what a prompt says of them; empty for none.
    """

    devices: str | None = None
    fraction: float | None = None
    words: str = ""

    def of_slot(self, slot: int, slots: int) -> str | None:
        """Return the numbers of those that the script in a slot sees; several slots share one where there are fewer."""
        numbers = self.devices.split(",") if self.devices else []
        if len(numbers) < 2 or slots < 2:
            return self.devices
        return ",".join(numbers[slot % slots :: slots] or [numbers[slot % len(numbers)]])


def script_gpus(
    mode: Literal["separate", "share", "alternate"],
    gpus: Sequence[GpuUse],
    server: Collection[int] | None,
    *,
    slots: int,
    share: float = SHARE,
    allowed: str | None = None,
) -> ScriptGpus:
    """Return what scripts see of the GPUs.

    Args:
        mode: how thinking and training go about the GPUs.
        gpus: those of this machine, as they are now.
        server: numbers of those that the model server uses, empty for one that is elsewhere; None where nobody knows,
            then it is taken to use those that hold more than a fifth of their memory.
        slots: scripts that run at once.
        share: in mode `share`, the part of the memory that the server leaves free, as long as it is not up.
        allowed: the CUDA_VISIBLE_DEVICES of this process, None where that is not set: no script sees more. Where it
            names GPUs by anything but their numbers, scripts see those that this process sees.
    """
    if allowed is not None:
        words = [word.strip() for word in allowed.split(",") if word.strip()]
        if not all(word.isdigit() for word in words):
            return ScriptGpus()
        if gpus and not (gpus := [gpu for gpu in gpus if str(gpu.index) in words]):
            return ScriptGpus(devices="")
    if not gpus:
        return ScriptGpus()
    if server is None:
        server = [gpu.index for gpu in gpus if gpu.memory_used > _TAKEN * gpu.memory_total]
    if mode == "separate":
        seen = [gpu for gpu in gpus if gpu.index not in server]
        free = [gpu.memory_total - gpu.memory_used for gpu in seen]
        return _seen(seen, free, None, slots)
    seen = [gpu for gpu in gpus if gpu.index in server] or list(gpus)
    if mode == "alternate":
        return _seen(seen, [gpu.memory_total - _LEFT_ASLEEP for gpu in seen], None, slots)
    free = [_shared(gpu, share) for gpu in seen]
    part = min(room / gpu.memory_total for room, gpu in zip(free, seen, strict=True))
    return _seen(seen, free, part / -(-slots // len(seen)), slots)


def _shared(gpu: GpuUse, share: float) -> int:
    """Return the bytes beside a server: what it leaves where it is up, else what it will leave."""
    if gpu.memory_used > _TAKEN * gpu.memory_total:
        return gpu.memory_total - gpu.memory_used
    return int(share * gpu.memory_total)


def _seen(gpus: Sequence[GpuUse], free: Sequence[int], fraction: float | None, slots: int) -> ScriptGpus:
    if not gpus:
        return ScriptGpus(devices="")
    dealt = max(1, len(gpus) // slots)  # what the slot with the fewest has
    count = {1: "one", 2: "two", 3: "three", 4: "four"}.get(dealt, str(dealt))
    each = " each" if dealt > 1 else ""
    room = f"{max(0, min(free)) / 1e9:.0f} GB free{each}"
    sharing = -(-slots // len(gpus))
    others = f", shared by up to {sharing} scripts" if sharing > 1 else ""
    return ScriptGpus(
        devices=",".join(str(gpu.index) for gpu in gpus),
        fraction=fraction,
        words=f"{count} {gpus[0].name} with {room}{others}",
    )
