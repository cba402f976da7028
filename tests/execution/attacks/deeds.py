"""The attacks, run as a script inside a sandbox: each returns what it got hold of, or raises.

Standard library only; the script's folder holds `targets.json`, which tells where things lie, and the deeds to do.
"""

# The attacks are told by the system calls that they make.
# ruff: noqa: PTH101, PTH104, PTH110, PTH115, PTH116, PTH123, PTH208

from __future__ import annotations

import ctypes
import importlib
import json
import os
import platform
import resource
import site
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

AT: dict[str, Any] = {}
_libc = ctypes.CDLL(None, use_errno=True)
_ARM = platform.machine() == "aarch64"
_TIOCSTI = 0x5412


def _done(result: int) -> int:
    """Return what a function of C returned, which is below 0 where it failed."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _system_call(x86: int, arm: int, *arguments: int) -> str:
    number = ctypes.c_long(arm if _ARM else x86)
    return f"returned {_done(_libc.syscall(number, *map(ctypes.c_long, arguments)))}"


def _of_others(read: Callable[[str], str]) -> str:
    """Return what reading something of each other process gave, as far as it holds a canary."""
    others = (name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid())
    for process in [str(AT["victim"]), str(AT["runner"]), *others]:
        with suppress(OSError):
            if AT["canary"] in (text := read(process)):
                return text[-200:]
    return ""


def _connects(family: int, address: Any) -> str:
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        client.connect(address)
        return client.recv(100).decode()


def _fills(folder: Path, mebibytes: int) -> str:
    path = Path(folder, f"fill{os.getpid()}")
    try:
        with path.open("wb") as file:
            for _ in range(mebibytes + 64):
                file.write(bytes(1 << 20))
    finally:
        path.unlink(missing_ok=True)
    return "filled"


def read_ssh_key() -> str:
    return Path(AT["home"], ".ssh/id_ed25519").read_text()


def read_shadow() -> str:
    return Path("/etc/shadow").read_text()[:20]


def read_private_labels() -> str:
    return Path(AT["labels"]).read_text()


def walk_up_to_labels() -> str:
    found = (path for folder in Path.cwd().parents for path in folder.glob("*/labels.csv"))
    return next((path.read_text() for path in found), "")


def symlink_to_labels() -> str:
    Path("innocent.csv").symlink_to(AT["labels"])
    return Path("innocent.csv").read_text()


def hard_link_to_labels() -> str:
    os.link(AT["labels"], "linked.csv")
    return Path("linked.csv").read_text()


def labels_by_proc_root() -> str:
    return _of_others(lambda process: Path(f"/proc/{process}/root{AT['labels']}").read_text())


def labels_by_proc_cwd() -> str:
    return _of_others(lambda process: Path(f"/proc/{process}/cwd/labels.csv").read_text())


def labels_by_proc_fd() -> str:
    def read(process: str) -> str:
        opened = list(Path(f"/proc/{process}/fd").iterdir())
        return "".join(fd.read_text() for fd in opened if os.readlink(fd).endswith("labels.csv"))

    return _of_others(read)


def read_another_session() -> str:
    return Path(AT["other_session"]).read_text()


def read_another_node() -> str:
    return Path(AT["other_node"]).read_text()


def trace_another_process() -> str:
    _done(_libc.ptrace(16, AT["victim"], 0, 0))
    os.waitpid(AT["victim"], 0x40000000)
    _libc.ptrace(17, AT["victim"], 0, 0)
    return "attached"


def read_memory_of_another() -> str:
    with open(f"/proc/{AT['victim']}/mem", "rb") as file:
        return repr(file)


def environment_of_others() -> str:
    return _of_others(lambda process: Path(f"/proc/{process}/environ").read_text())


def command_lines_of_others() -> str:
    return _of_others(lambda process: Path(f"/proc/{process}/cmdline").read_text())


def own_environment() -> str:
    return next((f"{k}={v}" for k, v in os.environ.items() if AT["canary"] in v), "")


def write_beside_its_folder() -> str:
    Path("../dropped").write_text("x")
    return "looked at from outside"


def write_to_home() -> str:
    Path(AT["home"], ".bashrc").write_text("x")
    return "written"


def write_to_the_inputs() -> str:
    Path("input/train.csv").write_text("poisoned")
    return "written"


def replace_the_inputs() -> str:
    source = Path(AT["inputs"])
    os.rename(source, f"{source}.moved")
    return "renamed"


def write_to_the_spool() -> str:
    with open(AT["spool"], "a") as file:
        file.write("forged")
    return "looked at from outside"


def write_to_the_system() -> str:
    Path("/usr/lib/poison").write_text("x")
    Path("/usr/lib/poison").unlink()
    return "written"


def poison_the_interpreter() -> str:
    for folder in [*site.getsitepackages(), AT["hooks"], site.getusersitepackages()]:
        for name in ("poison.pth", "poison/sitecustomize.py"):
            path = Path(folder, name)
            with suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("import os\n")
                if not path.resolve().is_relative_to(Path.cwd()):
                    path.unlink()
                    return str(path)
    raise PermissionError("none could be written")


def change_permissions_outside() -> str:
    os.chmod(AT["public"], 0o600)
    os.utime(AT["public"], (1, 1))
    return "looked at from outside"


def change_attributes_outside() -> str:
    os.setxattr(AT["public"], "user.poison", b"x")
    return "set"


def permissions_of_devices() -> str:
    mode = os.stat("/dev/full").st_mode & 0o777
    os.chmod("/dev/full", mode ^ 0o001)
    return "looked at from outside"


def cut_a_file_outside() -> str:
    os.truncate(AT["public"], 0)
    return "cut"


def connect_to_this_machine() -> str:
    return _connects(socket.AF_INET, ("127.0.0.1", AT["port"]))


def connect_to_its_address() -> str:
    return _connects(socket.AF_INET, (AT["address"], AT["port"]))


def send_a_datagram() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.5)
        client.sendto(b"ping", ("127.0.0.1", AT["datagrams"]))
        return client.recv(100).decode()


def connect_to_a_unix_socket() -> str:
    return _connects(socket.AF_UNIX, AT["socket"])


def connect_to_the_control_socket() -> str:
    return _connects(socket.AF_UNIX, AT["control"])


def connect_to_an_abstract_socket() -> str:
    return _connects(socket.AF_UNIX, f"\0{AT['abstract']}")


def connect_to_docker_or_dbus() -> str:
    for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/dbus/system_bus_socket", AT["docker"]):
        with suppress(OSError):
            return _connects(socket.AF_UNIX, path) or path
    raise ConnectionRefusedError("none answered")


def signal_another_process() -> str:
    os.kill(AT["victim"], 0)
    return "could be signalled"


def kill_the_supervisor() -> str:
    parent = os.getppid()
    os.kill(parent, 0)
    return "could be signalled" if parent > 1 else ""  # outside, which is 0, or process 1 inside, which is deaf to it


def limit_another_process() -> str:
    resource.prlimit(AT["victim"], resource.RLIMIT_NOFILE, (64, 64))
    return "limited"


def slow_another_process() -> str:
    os.setpriority(os.PRIO_PROCESS, AT["victim"], 19)
    return "slowed"


def move_another_process() -> str:
    os.sched_setaffinity(AT["victim"], {min(os.sched_getaffinity(0))})
    return "moved"


def raise_its_limits() -> str:
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        soft, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (hard + 1, hard + 1))
                return f"{kind}: {soft}"
    raise PermissionError("none could be raised")


def raise_its_priority() -> str:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, before - 5)
    return f"from {before}"


def leave_its_control_group() -> str:
    for place in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
        with suppress(OSError), open(f"{place}/cgroup.procs", "r+"):
            return place
    raise PermissionError("none could be opened")


def set_the_clock() -> str:
    time.clock_settime(time.CLOCK_REALTIME, time.time())
    return "set"


def kernel_settings() -> str:
    with open("/proc/sys/kernel/core_pattern", "r+") as file:
        return repr(file)


def new_namespaces() -> str:
    return _system_call(272, 97, 0x10000000)


def mount_something() -> str:
    _done(_libc.mount(b"none", os.fsencode(Path.cwd()), b"tmpfs", 0, None))
    return "mounted"


def keys_of_the_kernel() -> str:
    return _system_call(250, 219, 0, -3, 1)


def programs_in_the_kernel() -> str:
    return _system_call(321, 280, 0, 0, 0)


def rings_of_the_kernel() -> str:
    ring = ctypes.create_string_buffer(120)
    return _system_call(425, 425, 1, ctypes.addressof(ring))


def faults_of_memory() -> str:
    return _system_call(323, 282, 1)


def type_on_the_terminal() -> str:
    import fcntl
    import pty

    _, terminal = pty.openpty() if os.path.exists("/dev/ptmx") else (0, 0)
    fcntl.ioctl(terminal, _TIOCSTI, b"x")
    return "typed"


def fill_shared_memory() -> str:
    return _fills(Path("/dev/shm"), AT["shm_mib"])


def leave_shared_memory() -> str:
    Path("/dev/shm", AT["canary"]).write_text("x")
    return "looked at from outside"


def fill_temporary_files() -> str:
    return _fills(Path("/tmp"), AT["tmp_mib"])


def gain_rights_by_a_program() -> str:
    with open("/proc/self/status") as file:
        return next("may gain them" if line.split()[1] == "0" else "" for line in file if line.startswith("NoNewPrivs"))


def read_the_generators() -> str:
    return Path(AT["package"], "tasks", "bundled", "digits.py").read_text()


def import_the_generators() -> str:
    sys.path.insert(0, str(Path(AT["package"]).parent))
    loaded = vars(sys)["modules"]  # by its name it would keep this script from being forked
    for name in [name for name in loaded if name.partition(".")[0] == "tui_aide"]:
        del loaded[name]
    try:
        return str(importlib.import_module("tui_aide.tasks.bundled.salt").__file__)
    except ImportError as error:
        raise OSError(str(error)) from error
    finally:
        del sys.path[0]


_DEEDS: dict[str, Callable[[], str]] = {
    name: thing
    for name, thing in list(globals().items())
    if callable(thing) and not name.startswith("_") and getattr(thing, "__module__", "") == __name__
}
NAMES = tuple(_DEEDS)


def _main() -> None:
    AT.update(json.loads(Path("targets.json").read_text()))
    done = {}
    for name in AT["only"] or NAMES:
        try:
            done[name] = {"got": _DEEDS[name](), "why": ""}
        except (OSError, ValueError, RuntimeError) as error:
            done[name] = {"got": "", "why": f"{type(error).__name__}: {error}"}
    Path("done.json").write_text(json.dumps(done))


if __name__ == "__main__":
    _main()
