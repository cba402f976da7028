"""Namespaces of a process's own: its own users, processes, network and, above all, files. Needs no rights.

The kernel must let users make user namespaces, and be Linux 5.12 or newer.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import stat
import struct
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from .kernel import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, call, checked, give_up_capabilities, libc, prctl

_NEW_NS, _NEW_UTS, _NEW_IPC, _NEW_USER, _NEW_PID, _NEW_NET = 1 << 17, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30
_NEW_CGROUP = 1 << 25
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_DETACH = 2
_SIOCSIFFLAGS, _UP = 0x8914, 1
_ROOT_BYTES = 4 << 20
_MOST_FILES = 100_000
_OLD = "/.old"
_JOINED = ("user", "mnt", "ipc", "uts", "net")
_BESIDE_ROOT = 1000
"""What root is called inside."""
_DEVICES = ("null", "zero", "full", "random", "urandom")
_STANDARD = (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2"))
_BUILT = b"+"


def isolate(spec: Mapping[str, Any]) -> None:
    """Go on as the second process of namespaces of its own; the caller and the first process end with it.

    The caller waits for its end, then ends in the same way: with its exit code, or by its signal. The first process
    reaps what is orphaned; when the second has ended, the kernel kills all that is left.

    Args:
        spec: as `confine` takes it.

    Raises:
        OSError: the kernel refuses; whichever process this is in must end.
    """
    _unshare(spec)
    heard, told = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)  # soon the first process has another root, and so has this one
    first = os.fork()
    if first:
        os.close(told)
        _stand_in(first, heard, null)
    os.close(null)
    os.close(heard)
    _furnish(spec, told)
    second = os.fork()
    if second:
        _reap(second, told)
    os.close(told)
    os.setsid()
    give_up_capabilities()
    os.chdir(spec["folder"])


def found(spec: Mapping[str, Any]) -> tuple[int, list[int]]:
    """Make namespaces that another process can fork a child into; for `isolate` where that is the larger process.

    This process stays outside, but for its view of files. The first process inside, its child, only reaps; with its
    death, or that of this process, the kernel kills all that is in there.

    Args:
        spec: as `confine` takes it.

    Returns:
        The first process, and descriptors: of the root inside, of the namespace of processes, and of the others.

    Raises:
        OSError: the kernel refuses; this process must end.
    """
    _unshare(spec)
    place = os.open("/proc/self/ns", os.O_RDONLY | os.O_DIRECTORY)  # soon there is another /proc
    names = [name for name in _JOINED if name != "net" or not spec.get("network")]
    joined = [os.open(name, os.O_RDONLY, dir_fd=place) for name in names]
    heard, told = os.pipe()
    first = os.fork()
    if not first:
        os.close(heard)
        try:
            _furnish(spec, told)
            _forgo(told)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
            os.write(told, _BUILT)
            os.close(told)
            _reap_orphans()
        except OSError as error:
            os.write(told, str(error).encode("utf-8", "replace"))
        finally:
            os._exit(125)
    os.close(told)
    processes = os.open("pid_for_children", os.O_RDONLY, dir_fd=place)
    os.close(place)
    said = os.read(heard, 4096)
    os.close(heard)
    if said != _BUILT:
        raise OSError(said.decode("utf-8", "replace") or "the first process of its namespaces died")
    return first, [os.open("/", os.O_PATH | os.O_DIRECTORY), processes, *joined]


def join(descriptors: Sequence[int]) -> None:
    """Go on in the namespaces that `found` has made; this process was forked into that of processes before.

    Args:
        descriptors: of the root inside, and of the other namespaces, that of users first.

    Raises:
        OSError: the kernel refuses; this process must end.
    """
    root, *namespaces = descriptors
    for namespace in namespaces:
        call("setns", namespace, 0)
    call("unshare", _NEW_CGROUP)  # its root is the control group that this process has entered, as it is for the first
    os.fchdir(root)  # one has entered at the root of the whole namespace, whatever was made the root in there
    os.chroot(".")
    give_up_capabilities()


def own_users() -> None:
    """Go on as the only user of a namespace, with every right in it: so one may fork into namespaces made from there.

    Raises:
        OSError: the kernel refuses.
    """
    uid, gid = os.geteuid(), os.getegid()
    call("unshare", _NEW_USER)
    _map_users(f"{uid} {uid} 1", f"{gid} {gid} 1")


def close_others(keep: frozenset[int]) -> None:
    """Close all descriptors but the standard ones and these.

    Those that are open are looked up: many Pythons have no quick way to close up to the limit, which may be a billion.
    """
    with contextlib.suppress(OSError, ValueError):
        for fd in map(int, os.listdir("/proc/self/fd")):
            if fd > 2 and fd not in keep:
                with contextlib.suppress(OSError):  # the one that the list was read by
                    os.close(fd)
        return
    begin = 3
    for fd in [*sorted(fd for fd in keep if fd > 2), -1]:
        if fd < 0:
            os.closerange(begin, os.sysconf("SC_OPEN_MAX"))
        else:
            os.closerange(begin, fd)
            begin = fd + 1


def _unshare(spec: Mapping[str, Any]) -> None:
    uid, gid = os.geteuid(), os.getegid()
    flags = _NEW_USER | _NEW_PID | _NEW_NS | _NEW_IPC | _NEW_UTS
    call("unshare", flags | (0 if spec.get("network") else _NEW_NET))
    _map_users(f"{uid or _BESIDE_ROOT} {uid} 1", f"{gid or _BESIDE_ROOT} {gid} 1")


def _map_users(users: str, groups: str) -> None:
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", users)
    _write("/proc/self/gid_map", groups)


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _stand_in(first: int, heard: int, null: int) -> NoReturn:
    """Wait for the end of the second process, as the first tells it, and end likewise."""
    code = 125
    try:
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        close_others(frozenset({heard}))
        said = os.read(heard, 4)
        _, status = os.waitpid(first, 0)
        if len(said) == 4:
            status = struct.unpack("=i", said)[0]
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number != signal.SIGKILL:
                signal.signal(number, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
            os.kill(os.getpid(), number)
        code = os.WEXITSTATUS(status)
    finally:
        os._exit(code)


def _furnish(spec: Mapping[str, Any], told: int) -> None:
    """As the first process, make what is seen inside; it is to end with the reader of a pipe, its parent."""
    _end_with_parent(told)
    if spec.get("group") is not None:
        os.write(spec["group"], b"0")
    call("unshare", _NEW_CGROUP)
    libc.sethostname(b"sandbox", 7)
    if not spec.get("network"):
        _loopback_up()
    _build_root(spec)


def _end_with_parent(told: int) -> None:
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL, "pdeathsig")
    poll = select.poll()
    poll.register(told, 0)
    if poll.poll(0):  # the reader has died already
        os._exit(125)


def _loopback_up() -> None:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _UP))


def _reap(second: int, told: int) -> NoReturn:
    """Be process 1: reap orphans until the second process has ended, tell how, and end."""
    try:
        _forgo(told)
        while True:
            pid, status = os.waitpid(-1, 0)
            if pid == second:
                os.write(told, struct.pack("=i", status))
                os._exit(0)
    finally:
        os._exit(125)


def _forgo(told: int) -> None:
    """As the first process, hold nothing that the script could want: no rights, no files but one to tell by."""
    for number in range(1, signal.NSIG):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    prctl(PR_SET_DUMPABLE, 0, "dumpable")
    give_up_capabilities()
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    close_others(frozenset({told}))


def _reap_orphans() -> NoReturn:
    """As the first process, reap what is orphaned inside, until killed; SIGCHLD is blocked."""
    while True:
        signal.sigwait({signal.SIGCHLD})
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    given = (os.fsencode(source), os.fsencode(target), kind.encode() or None, flags, options.encode() or None)
    checked(libc.mount(*given), f"mounting {target.replace(_OLD, '') or '/'}")


def _build_root(spec: Mapping[str, Any]) -> None:
    """Make a root of nothing but what the spec names, and have it instead of the old one."""
    _mount("none", "/", "", _REC | _PRIVATE)
    _mount("tmpfs", "/tmp", "tmpfs", _NOSUID | _NODEV, f"mode=755,size={_ROOT_BYTES}")
    os.mkdir(f"/tmp{_OLD}")
    call("pivot_root", b"/tmp", f"/tmp{_OLD}".encode())
    os.chdir("/")
    _fill(spec)
    os.chdir("/")
    checked(libc.umount2(_OLD.encode(), _DETACH), "umount")
    os.rmdir(_OLD)
    _mount("none", "/", "", _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


def _fill(spec: Mapping[str, Any]) -> None:
    _tmpfs("/tmp", spec["tmp_bytes"])
    os.makedirs("/dev")
    for name in _DEVICES:
        _bind(f"/dev/{name}", writable=False, device=True)
    _tmpfs("/dev/shm", spec["shm_bytes"])
    for name, target in _STANDARD:
        os.symlink(f"/proc/self/{target}", f"/dev/{name}")
    for path, text in spec["files"].items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:  # the library is out of reach: no other codec can be loaded
            file.write(text)
    for path, target in spec["links"]:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
    rights = {**dict.fromkeys(spec["readable"], False), **dict.fromkeys(spec["writable"], True)}
    for path in sorted(rights):  # an outer folder before what is mounted into it
        _bind(path, writable=rights[path])
    for path in spec.get("masked", ()):
        _mount("tmpfs", path, "tmpfs", _RDONLY | _NOSUID | _NODEV | _NOEXEC, "mode=555,size=4k,nr_inodes=1")
    for path in spec["devices"]:
        _bind(path, writable=False, device=True)
    os.makedirs("/proc", exist_ok=True)
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    # As root, a process could write to kernel settings even without capabilities.
    _mount("none", "/proc", "", _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV | _NOEXEC)


def _tmpfs(path: str, size: int) -> None:
    os.makedirs(path)
    _mount("tmpfs", path, "tmpfs", _NOSUID | _NODEV, f"mode=1777,size={size},nr_inodes={_MOST_FILES}")


def _bind(path: str, *, writable: bool, device: bool = False) -> None:
    """Show a file or folder at its own path, with all that is mounted below it.

    A device can be written to even where it is not writable; its permissions then cannot.
    """
    source = _OLD + path
    if not os.path.lexists(path):
        if stat.S_ISDIR(os.stat(source).st_mode):
            os.makedirs(path)
        else:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    _mount(source, path, "", _BIND | _REC)
    flags = _ATTR_NOSUID | (0 if device else _ATTR_NODEV) | (0 if writable else _ATTR_RDONLY)
    attributes = struct.pack("=4Q", flags, 0, 0, 0)
    call("mount_setattr", _AT_FDCWD, os.fsencode(path), _AT_RECURSIVE, attributes, len(attributes))
