"""Confining this very process to what a specification allows. It works in a fresh interpreter and in a forked child."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from . import landlock, limits, namespaces, seccomp
from .kernel import give_up_capabilities

_INSIDE = (seccomp.AF_UNIX, seccomp.AF_INET, seccomp.AF_INET6, seccomp.AF_NETLINK)
_NETWORK = (seccomp.AF_INET, seccomp.AF_INET6, seccomp.AF_NETLINK)


def confine(spec: Mapping[str, Any], joined: Sequence[int] | None = None) -> None:
    """Confine this process, and all that it will start, for good.

    With `namespaces` the process forks twice and this returns in the grandchild: process 2 of its own namespaces, in
    a session of its own, in `folder`. The caller stays outside as a stand-in that ends as the grandchild ends; whoever
    waits for the caller sees its exit code or signal. The process must have one thread only, as any has after a fork.

    Args:
        spec: plain data, as JSON could hold it:
            mode: `namespaces`; `landlock`; `bwrap`, inside bubblewrap, which has done the files; `none`, limits only.
            folder: current directory afterwards, an absolute path.
            readable, writable: files and folders that stay, by their real absolute paths; all others vanish, or are
                refused with `landlock`. Those in `writable` may be changed. Each must exist for `namespaces`.
            listed: folders whose names may be seen, but not what is in them; for `landlock`.
            masked: folders in `readable` that are empty inside; for `namespaces`.
            links: pairs of a path and the text of the symbolic link that stands there; for `namespaces`.
            files: contents of small files to make, such as /etc/passwd, by path; for `namespaces`.
            devices: device files that may be used beside /dev/null and its like.
            network: whether the network stays.
            tmp_bytes, shm_bytes: sizes of /tmp and /dev/shm; for `namespaces`.
            limits: of `limits.apply`.
            group: descriptor of the entrance of the control group that the first process of the namespaces enters; the
                caller stays outside. For `namespaces`.
            keep: numbers of descriptors to leave open beside 0, 1 and 2; all others are closed. Without it, all stay.
        joined: with `namespaces`, what `namespaces.join` takes: this process itself goes on in those. It is in a
            session of its own already.

    Raises:
        OSError: the kernel refuses. This process may be half confined: it must say so and end, by os._exit. With
            `namespaces`, that may be the child's child; the caller of `confine` then ends with the same exit code.
    """
    mode = spec["mode"]
    network = bool(spec.get("network"))
    if mode == "namespaces":
        if joined is None:
            namespaces.isolate(spec)
        else:
            namespaces.join(joined)
            os.chdir(spec["folder"])
        if network:
            landlock.restrict_sockets()
        filtered = seccomp.program(_INSIDE, alone=True)
    elif mode == "bwrap":
        if network:
            landlock.restrict_sockets()
        filtered = seccomp.program(_INSIDE, alone=True)
    elif mode == "landlock":
        give_up_capabilities()
        landlock.restrict(spec["readable"], spec["writable"], spec["devices"], spec.get("listed", ()), network=network)
        filtered = seccomp.program(_NETWORK if network else (), alone=False)
    elif mode == "none":
        filtered = b""
    else:
        raise OSError(f"there is no way of confining called {mode!r}")
    if "keep" in spec:
        namespaces.close_others(frozenset(spec["keep"]))
    limits.apply(spec.get("limits", {}))
    if filtered:
        seccomp.install(filtered)
