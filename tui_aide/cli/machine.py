"""What this machine has for a search, one probe a thing, each quick and harmless; `doctor` asks them all at once."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from tui_aide.installing import install_command

_GIB = 2**30
_PACKAGES = ("textual", "aiohttp", "msgspec", "numpy", "pandas", "scikit-learn", "psutil", "tree-sitter")


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: whether it is as wanted, what was found, and what to do where it is not.

    A `note` is worth knowing and stops nothing; what is lacking stops something, which `remedy` mends.
    """

    name: str
    state: Literal["ok", "note", "lacks"]
    found: str
    remedy: str = ""


def python() -> list[Finding]:
    """Return which Python runs, and the packages that it needs with their versions."""
    from tui_aide import __version__

    running = f"{platform.python_implementation()} {platform.python_version()} at {sys.executable}"
    packages = {name: _version(name) for name in _PACKAGES}
    missing = [name for name, version in packages.items() if not version]
    found = ", ".join(f"{name} {version}" for name, version in packages.items() if version)
    return [
        Finding("python", "ok", f"{running}, tui_aide {__version__}"),
        Finding("packages", "lacks", f"missing: {', '.join(missing)}", install_command())
        if missing
        else Finding("packages", "ok", found),
    ]


def _version(package: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def terminal(environ: Mapping[str, str], size: tuple[int, int] | None) -> Finding:
    """Return what the terminal can show.

    Args:
        environ: the environment.
        size: columns and rows, None where there is no terminal.
    """
    from tui_aide.tui.glyphs import ASCII, choose_glyphs

    if size is None:
        return Finding("terminal", "note", "none here", "the screen needs one; without: tui-aide run TASK --headless")
    columns, rows = size
    term = environ.get("TERM", "")
    if "NO_COLOR" in environ:
        colours = "no colours (NO_COLOR)"
    elif environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        colours = "16 million colours"
    else:
        colours = "256 colours" if "256" in term else "few colours"
    plain = choose_glyphs(dict(environ)) is ASCII
    parts = [f"{columns}x{rows}", colours, "ASCII signs" if plain else "UTF-8"]
    if inside := next((name for key, name in _MULTIPLEXERS if key in environ), ""):
        parts.append(f"in {inside}")
    found = ", ".join(parts)
    if columns < 60 or rows < 16:
        return Finding("terminal", "lacks", found, "make it 60x16 or larger, 120x30 shows all panes at once")
    if term == "dumb":
        return Finding("terminal", "lacks", f"{found}, TERM=dumb", _DUMB)
    if plain and not environ.get("TUI_AIDE_ASCII"):
        return Finding("terminal", "note", found, "a UTF-8 locale shows more signs: export LANG=C.UTF-8")
    if colours in ("256 colours", "few colours"):
        return Finding("terminal", "note", found, "where the terminal has more colours: export COLORTERM=truecolor")
    return Finding("terminal", "ok", found)


_DUMB = "export TERM=xterm-256color, if the terminal can move its cursor; --headless works without"
_MULTIPLEXERS = (("TMUX", "tmux"), ("ZELLIJ", "zellij"), ("STY", "screen"))


def terminal_size() -> tuple[int, int] | None:
    """Return the terminal's columns and rows, None where there is none."""
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        try:
            if stream is not None:
                size = os.get_terminal_size(stream.fileno())
                return size.columns, size.lines
        except (OSError, ValueError):
            continue
    return None


def compute() -> list[Finding]:
    """Return the processors and the memory."""
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    load = os.getloadavg()[0]
    busy = f"{cores} cores, load {load:.1f}"
    memory = psutil.virtual_memory()
    held = f"{memory.available / _GIB:.1f} of {memory.total / _GIB:.1f} GiB free"
    return [
        Finding("cpu", "note", busy, "scripts get slower; give them longer: tui-aide run TASK --timeout 30m --slots 1")
        if load > 2 * cores
        else Finding("cpu", "ok", busy),
        Finding("memory", "note", held, "bound scripts, and run one at a time: tui-aide run TASK --memory 1g --slots 1")
        if memory.available < 2 * _GIB
        else Finding("memory", "ok", held),
    ]


_ELSEWHERE = "choose another place: export TUI_AIDE_SESSIONS_DIR=FOLDER, or --sessions-dir FOLDER"


def folders(cache: Path, settings: Path) -> list[Finding]:
    """Return those of the other folders that cannot be written.

    Args:
        cache: the folder for what can be made again; it need not be there yet.
        settings: the folder of the user's settings; likewise.
    """
    found = []
    if not _writable(cache):
        words = f"{cache} cannot be written: the bundled tasks cannot be made, nor can servers be remembered"
        found.append(Finding("cache", "lacks", words, "choose another place: export TUI_AIDE_CACHE_DIR=FOLDER"))
    if not _writable(settings):
        words = f"{settings} cannot be written: themes, layout and keys are not kept"
        found.append(Finding("settings", "note", words, "choose another place: export TUI_AIDE_CONFIG_DIR=FOLDER"))
    return found


def _writable(place: Path) -> bool:
    """Return whether a folder can be written, or made where it is not there."""
    there = next(p for p in (place, *place.parents) if p.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def disk(place: Path) -> Finding:
    """Return the room where sessions are kept.

    Args:
        place: the folder that holds the sessions; it need not be there yet.
    """
    there = next(p for p in (place, *place.parents) if p.exists())
    try:
        free = shutil.disk_usage(there).free
    except OSError as e:
        return Finding("disk", "lacks", f"{place}: {e.strerror}", _ELSEWHERE)
    found = f"{free / _GIB:.1f} GiB free for sessions in {place}"
    if not _writable(place):
        return Finding("disk", "lacks", f"{place} cannot be written", _ELSEWHERE)
    if free < _GIB:
        room = "tui-aide prune --older-than 30d --dry-run tells what old sessions would give back"
        return Finding("disk", "lacks", found, f"make room ({room}), or {_ELSEWHERE}")
    if free < 10 * _GIB:
        return Finding("disk", "note", found, "checkpoints of models need tens of GiB more; HF_HOME moves them")
    return Finding("disk", "ok", found)


def gpu() -> list[Finding]:
    """Return the GPUs that a model server could use."""
    from tui_aide.models.serving.hardware import find_hardware

    hardware = find_hardware()
    found = [
        Finding(
            f"gpu {card.index}",
            "ok",
            f"{card.name}, {card.memory_free / _GIB:.1f} of {card.memory_total / _GIB:.1f} GiB free"
            + (f", driver {card.driver}" if card.driver else ""),
        )
        for card in hardware.cards
    ]
    if hardware.note:
        remedy = "use a server elsewhere: tui-aide run TASK --base-url URL; or none: tui-aide run TASK --model builtin"
        found.append(Finding("gpu", "note", hardware.note, "" if hardware.cards else remedy))
    return found


def vllm() -> Finding:
    """Return the vLLM that `serve` would start."""
    from tui_aide.errors import UsageError
    from tui_aide.models.serving.installation import PYTHON_VARIABLE, find_installation, vllm_python

    try:
        interpreter = vllm_python()
        installed = find_installation(interpreter)
    except UsageError as e:
        return Finding("vllm", "lacks", str(e), f"point {PYTHON_VARIABLE} at a Python that has vLLM, or unset it")
    if installed is None:
        get = install_command("vllm", interpreter)
        remedy = f"{get}, or name a Python that has it in {PYTHON_VARIABLE}; else use --base-url"
        return Finding("vllm", "note", f"not installed for {interpreter}", remedy)
    where = " (for CPUs: only good for tiny models)" if installed.for_cpu else ""
    return Finding("vllm", "ok", f"{installed.distribution} {installed.version} for {installed.python}{where}")


def orphans() -> Finding | None:
    """Return engine processes of dead servers, which keep the GPU's memory; None where there are none."""
    from tui_aide.models.serving.orphans import describe, find_orphans

    if not (left := find_orphans()):
        return None
    kill = "tui-aide serve MODEL --kill-orphans, or: kill " + " ".join(str(o.pid) for o in left)
    return Finding("orphans", "lacks", f"left by a dead vLLM server, with its memory: {describe(left)}", kill)


def key(variable: str, environ: Mapping[str, str]) -> Finding:
    """Return whether there is a key for servers that want one; it is never shown."""
    if environ.get(variable, "").strip():
        return Finding("key", "ok", f"{variable} is set; it goes to servers that you name, and nowhere else")
    also = ", or: keyring set tui_aide HOST" if _version("keyring") else ""
    remedy = f"for servers that want a key, hosted ones mostly: export {variable}=KEY{also}"
    return Finding("key", "note", f"{variable} is not set", remedy)


_ONLY_FOR = "is not installed; only for"


def proxies(environ: Mapping[str, str]) -> list[Finding]:
    """Return which variables name a proxy; what they hold may be a password, and is not shown."""
    named = [name for name in environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy") and environ[name]]
    if not named:
        return []
    words = f"{', '.join(sorted(named))} set: servers beyond this network are asked through it, near ones directly"
    return [Finding("proxy", "note", words, "for servers that it must not be asked for: export NO_PROXY=HOST,HOST")]


def extras() -> list[Finding]:
    """Return what else can be installed, for those who want it."""
    if version := _version("textual-serve"):
        return [Finding("web", "ok", f"textual-serve {version}, for tui-aide web")]
    words = f"the package textual-serve {_ONLY_FOR} tui-aide web"
    return [Finding("web", "note", words, install_command("web"))]


def containers() -> list[Finding]:
    """Return Docker and Ray, which a search can be told to use."""
    ray = _version("ray")
    return [
        _docker(),
        Finding("ray", "ok", f"ray {ray}")
        if ray
        else Finding("ray", "note", f"the package ray {_ONLY_FOR} --executor ray", install_command("ray")),
    ]


def _docker() -> Finding:
    from tui_aide.errors import ExecutionError
    from tui_aide.execution.containers.finding import describe_docker

    if not _version("docker"):
        words = f"the package docker {_ONLY_FOR} --executor docker"
        return Finding("docker", "note", words, install_command("docker"))
    try:
        return Finding("docker", "ok", describe_docker())
    except ExecutionError as e:
        return Finding("docker", "note", "no engine can be used; only for --executor docker", str(e))


def sandbox() -> Finding:
    """Return what keeps scripts to their folders here, and the one step to something stronger."""
    from tui_aide.errors import ExecutionError
    from tui_aide.execution.sandboxes.choosing import choose

    try:
        place = choose().place
    except ExecutionError as e:
        return Finding("sandbox", "lacks", str(e), "name another Python by --python")
    if not place.warning:
        return Finding("sandbox", "ok", place.words)
    remedy = place.remedy or "point no untrusted model at it on a machine that matters"
    return Finding("sandbox", "note", f"{place.words}: {place.warning}", remedy)


def limits() -> Finding:
    """Return what holds a script to its memory and processes here, and the one step to something stronger."""
    from tui_aide.execution.cgroups.standing import find_standing

    standing = find_standing()
    if standing.base is not None:
        return Finding("limits", "ok", "cgroup v2: the kernel holds each script to its memory and processes")
    words = f"a watchdog looks at memory ten times a second; no cgroup v2: {standing.why}"
    return Finding("limits", "note", words, standing.remedy or "--executor docker has the kernel hold scripts to them")
