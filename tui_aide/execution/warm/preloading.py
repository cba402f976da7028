"""Loading the modules that scripts will need, in a process that is to be forked: it imports and never computes.

After a parallel computation, a library's threads are gone in a forked child and it would wait for them for ever.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import sys
import time
from collections.abc import Iterable
from typing import Any

_HUGE = 2 << 20
_MADV_COLLAPSE = 25
_BLAS_PREFIXES = ("", "scipy_")
_BLAS_SUFFIXES = ("", "64_", "_64", "_64_")


def preload(modules: Iterable[str]) -> dict[str, Any]:
    """Import modules, then keep the garbage collector from touching what is there, so that it stays shared.

    Returns:
        As JSON holds it: `loaded`; `failed`, the error by module; `threaded`, the module that has started a thread,
        which makes this process unfit to be forked, or None; `seconds`.
    """
    began = time.monotonic()
    loaded, failed, threaded = [], {}, None
    gc.disable()
    for name in modules:
        try:
            importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - a package may even exit
            failed[name] = f"{type(error).__name__}: {error}"[:200]
        else:
            loaded.append(name)
        if threads() > 1:
            threaded = name
            break
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    ctypes.CDLL(None).fflush(None)
    gc.collect()
    gc.freeze()
    gc.enable()
    gather_memory()
    return {"loaded": loaded, "failed": failed, "threaded": threaded, "seconds": time.monotonic() - began}


def gather_memory() -> int:
    """Have the kernel put this process's memory into huge pages, where it can; return how many it did.

    A fork copies the table of all pages, so that fewer of them make it twice as quick. The first write to a huge page
    in a fork splits it there and copies a small one, as before.
    """
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    gathered = 0
    with open("/proc/self/maps", "rb") as file:
        lines = [line.split() for line in file]
    for place, rights, _, _, inode, *name in lines:
        if rights == b"rw-p" and inode == b"0" and name in ([], [b"[heap]"]):
            begin, end = (int(edge, 16) for edge in place.split(b"-"))
            for at in range(-(-begin // _HUGE) * _HUGE, end - _HUGE + 1, _HUGE):
                gathered += madvise(at, _HUGE, _MADV_COLLAPSE) == 0
    return gathered


def threads() -> int:
    """Return how many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def blas_setters() -> list[Any]:
    """Return the functions that set the threads of each OpenBLAS that is loaded.

    OpenBLAS starts its threads when it is loaded, so it is loaded with one and gets more in the script's process.
    """
    with open("/proc/self/maps", "rb") as file:
        paths = {os.fsdecode(line.split(None, 5)[5].strip()) for line in file if b"blas" in line and b".so" in line}
    found = []
    for path in sorted(paths):
        try:
            library = ctypes.CDLL(path, mode=os.RTLD_NOLOAD)
        except OSError:
            continue
        names = (f"{p}openblas_set_num_threads{s}" for p in _BLAS_PREFIXES for s in _BLAS_SUFFIXES)
        setter = next((getattr(library, name) for name in names if hasattr(library, name)), None)
        if setter is not None:
            setter.argtypes, setter.restype = [ctypes.c_int], None
            found.append(setter)
    return found
