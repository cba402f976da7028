"""Choosing the sandbox: the strongest that really works here, which is known by running something in it."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from tui_aide.errors import ExecutionError, UsageError
from tui_aide.execution.executor import Execution
from tui_aide.execution.inside.enter import ENTERED
from tui_aide.execution.interpreter import find_interpreter
from tui_aide.execution.sandboxes.bwrap import BubblewrapSandbox
from tui_aide.execution.sandboxes.landlock import LandlockSandbox
from tui_aide.execution.sandboxes.namespaces import NamespacesSandbox
from tui_aide.execution.sandboxes.plain import NoSandbox
from tui_aide.execution.sandboxes.sandbox import Sandbox

NAMES = ("auto", "bwrap", "namespaces", "landlock", "none")
_SECONDS = 15.0
_APPARMOR = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
_CLONE = "/proc/sys/kernel/unprivileged_userns_clone"
_MOST = "/proc/sys/user/max_user_namespaces"
_PROFILE = r"abi <abi/4.0>,\ninclude <tunables/global>\nprofile bwrap {} flags=(unconfined) {{\n  userns,\n}}\n"
_INSTALL = (
    ("apt-get", "sudo apt-get install bubblewrap"),
    ("dnf", "sudo dnf install bubblewrap"),
    ("pacman", "sudo pacman -S bubblewrap"),
    ("zypper", "sudo zypper install bubblewrap"),
    ("apk", "sudo apk add bubblewrap"),
)


class Trial(msgspec.Struct, frozen=True):
    """One way of confining scripts: the sandbox where it works here, else why not, and the one command to mend it."""

    name: str
    sandbox: Sandbox | None
    why: str = ""
    remedy: str = ""


def choose(name: str = "auto", python: Path | None = None) -> Sandbox:
    """Return the sandbox of a name, after it was seen to work; `auto` is the strongest that does.

    Args:
        name: one of `NAMES`.
        python: the scripts' interpreter, by default the one that runs this.

    Raises:
        UsageError: there is no such sandbox.
        ExecutionError: it does not work here, or the interpreter does not.
    """
    if name not in NAMES:
        raise UsageError(f"--sandbox {name!r} is none of {', '.join(NAMES)}")
    if name == "none":
        return NoSandbox()
    if name != "auto":
        trial = try_out(name, python)
        if trial.sandbox is None:
            remedy = f"; {trial.remedy}" if trial.remedy else "; use --sandbox auto"
            raise ExecutionError(f"--sandbox {name} does not work here: {trial.why}{remedy}")
        return LandlockSandbox() if name == "landlock" else trial.sandbox
    failed: list[Trial] = []
    for kind in ("bwrap", "namespaces", "landlock"):
        trial = try_out(kind, python)
        if trial.sandbox is not None:
            return LandlockSandbox(_why(failed), _remedy(failed)) if kind == "landlock" else trial.sandbox
        failed.append(trial)
    return NoSandbox(_why(failed), _remedy(failed))


def _why(failed: list[Trial]) -> str:
    return "; ".join(dict.fromkeys(trial.why for trial in failed if trial.why))


def _remedy(failed: list[Trial]) -> str:
    """Return the first remedy; that for namespaces before an installation of bubblewrap, which could not use any."""
    found = [trial.remedy for trial in failed if trial.remedy]
    return found[-1] if found and not shutil.which("bwrap") else next(iter(found), "")


@functools.cache
def try_out(name: str, python: Path | None = None) -> Trial:
    """Return whether a sandbox works here, after having run the interpreter in it once.

    Raises:
        ExecutionError: the interpreter cannot be run even without a sandbox.
    """
    find_interpreter(python)
    if sys.platform != "linux":
        return Trial(name, None, "sandboxes need Linux", "run it in Docker: --executor docker")
    if name == "bwrap":
        program = shutil.which("bwrap")
        if program is None:
            return Trial(name, None, "bubblewrap is not installed", _install())
        forks = try_out("namespaces", python).sandbox is not None
        sandbox: Sandbox = BubblewrapSandbox(Path(program), forks=forks)
    else:
        sandbox = NamespacesSandbox() if name == "namespaces" else LandlockSandbox()
    failure = _failure(sandbox, python)
    if not failure:
        return Trial(name, sandbox)
    if name == "landlock":
        return Trial(name, None, failure, "")
    return Trial(name, None, *explain(failure))


def _install() -> str:
    return next((command for tool, command in _INSTALL if shutil.which(tool)), "install bubblewrap")


def _failure(sandbox: Sandbox, python: Path | None) -> str:
    """Return what went wrong when the interpreter was run in a sandbox; empty where nothing did."""
    interpreter = find_interpreter(python)
    with tempfile.TemporaryDirectory(prefix="tui-aide-") as made:
        folder = Path(made, "work")
        folder.mkdir()
        execution = Execution(folder=folder, output=folder / "output.log", seconds=_SECONDS, gpus="")
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C"}
        command = [str(interpreter.path), "-I", "-c", "open('works', 'w').close()"]
        confined = sandbox.confine(execution, command, environment, interpreter.places, ())
        try:
            done = subprocess.run(
                confined.command,
                pass_fds=confined.descriptors,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
                start_new_session=True,
            )
            said = done.stderr.strip()
        except subprocess.TimeoutExpired:
            said = f"no answer in {_SECONDS:g} s"
        except OSError as error:
            said = f"{confined.command[0]}: {error.strerror}"
        finally:
            for fd in confined.descriptors:
                os.close(fd)
            told = _told(confined.entered)
        if told == ENTERED and (folder / "works").exists():
            return ""
        reported = told.removeprefix(ENTERED).decode(errors="replace")
        return reported or (said.splitlines() or ["it ended without a word"])[-1]


def _told(pipe: int | None) -> bytes:
    if pipe is None:
        return ENTERED
    with open(pipe, "rb") as file:  # noqa: PTH123 - a descriptor
        return file.read(4096)


def explain(failure: str) -> tuple[str, str]:
    """Return why namespaces were refused and the command that lets users have them, as far as that can be told.

    Args:
        failure: what bubblewrap or the kernel said.
    """
    if _reads(_APPARMOR) not in ("", "0") and os.getuid():
        program = shutil.which("bwrap") or "/usr/bin/bwrap"
        profile = _PROFILE.format(program)
        remedy = (
            f"printf '{profile}' | sudo tee /etc/apparmor.d/bwrap >/dev/null && sudo apparmor_parser -r "
            "/etc/apparmor.d/bwrap"
        )
        remedy = remedy if shutil.which("bwrap") else f"{_install()} && {remedy}"
        return "AppArmor lets no user make namespaces", remedy
    if _reads(_CLONE) == "0" and os.getuid():
        return "the kernel lets only root make namespaces", "sudo sysctl -w kernel.unprivileged_userns_clone=1"
    if _reads(_MOST) == "0":
        return "the kernel is set to allow no namespaces", "sudo sysctl -w user.max_user_namespaces=10000"
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        words = "this container may make no namespaces"
        return words, "start the container with --security-opt seccomp=unconfined --security-opt systempaths=unconfined"
    return failure.removeprefix("bwrap: "), ""


def _reads(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
