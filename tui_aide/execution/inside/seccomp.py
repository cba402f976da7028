"""A filter of system calls: what no script needs and what has let others out of sandboxes is refused.

The program is written out as the kernel's small instructions, so that no library is needed.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterable

from .kernel import KNOWN, MACHINE, NUMBERS, PR_SET_NO_NEW_PRIVS, checked, libc, prctl

AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
_EPERM, _EACCES, _ENOSYS = 1, 13, 38
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
_NAMESPACES = 0x7E020000
"""All CLONE_NEW* flags but that for time, which is one of the signal's bits in clone()."""
_NEW_TIME = 0x80
_TERMINAL_INPUT = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: they type on the user's terminal."""

_REFUSED = (
    *("mount", "umount2", "pivot_root", "chroot", "open_tree", "open_tree_attr", "move_mount", "fsopen", "fsconfig"),
    *("fsmount", "fspick", "mount_setattr", "setns", "swapon", "swapoff", "quotactl", "quotactl_fd", "acct"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "pidfd_getfd", "kcmp"),
    *("keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "name_to_handle_at", "open_by_handle_at"),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "syslog"),
    *("clock_settime", "clock_adjtime", "settimeofday", "adjtimex", "sethostname", "setdomainname"),
    *("iopl", "ioperm", "modify_ldt", "uselib", "vhangup", "lookup_dcookie", "fanotify_init"),
    *("migrate_pages", "move_pages"),
)
_METADATA = (
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
    *("utime", "utimes", "utimensat", "futimesat"),
)
_ATTRIBUTES = (
    *("setxattr", "lsetxattr", "fsetxattr", "setxattrat", "removexattr", "lremovexattr", "fremovexattr"),
    "removexattrat",
)
_SHARED_WITH_ALL = ("shmget", "shmat", "shmctl", "semget", "msgget", "mq_open", "truncate")
_OF_OTHERS = ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")
"""Their first argument is a process; 0 is the caller."""


class _Program:
    def __init__(self) -> None:
        self.code: list[bytes] = []

    def add(self, code: int, value: int, then: int = 0, other: int = 0) -> None:
        self.code.append(struct.pack("HBBI", code, then, other, value))

    def answer(self, error: int) -> None:
        self.add(_RETURN, _ERROR | error)

    def refuse(self, names: Iterable[str], error: int) -> None:
        for name in names:
            if name in NUMBERS:
                self.add(_EQUAL, NUMBERS[name], 0, 1)
                self.answer(error)

    def refuse_bits(self, name: str, argument: int, bits: int, error: int) -> None:
        """Refuse a call whose argument has any of these bits."""
        self.add(_EQUAL, NUMBERS[name], 0, 4)
        self.add(_LOAD, 16 + 8 * argument)
        self.add(_ANY_BIT, bits, 0, 1)
        self.answer(error)
        self.add(_RETURN, _ALLOW)

    def refuse_values(self, name: str, argument: int, values: tuple[int, ...], error: int) -> None:
        """Refuse a call whose argument is one of these."""
        self.add(_EQUAL, NUMBERS[name], 0, 3 + len(values))
        self.add(_LOAD, 16 + 8 * argument)
        for index, value in enumerate(values):
            self.add(_EQUAL, value, len(values) - index, 0)
        self.add(_RETURN, _ALLOW)
        self.answer(error)

    def allow_values(self, name: str, argument: int, values: tuple[int, ...], error: int) -> None:
        """Refuse a call whose argument is none of these."""
        self.add(_EQUAL, NUMBERS[name], 0, 3 + len(values))
        self.add(_LOAD, 16 + 8 * argument)
        for index, value in enumerate(values):
            self.add(_EQUAL, value, len(values) - index, 0)
        self.answer(error)
        self.add(_RETURN, _ALLOW)


def program(families: Iterable[int] | None, *, alone: bool) -> bytes:
    """Return the filter as the kernel reads it.

    Args:
        families: numbers of the socket families that may be used; None for all.
        alone: whether the process has namespaces of its own. Where it has not, it also shares System V memory and
            message queues, other processes' priorities and limits, and the permissions of files that it cannot write
            to; so those calls are refused, and those on permissions, owners and times do nothing and say they did.

    Raises:
        OSError: the system calls of this processor are not known.
    """
    if not KNOWN:
        raise OSError(f"system calls of {MACHINE} processors are not known here")
    made = _Program()
    made.add(_LOAD, 4)
    made.add(_EQUAL, _ARCHITECTURE[MACHINE], 1, 0)
    made.add(_RETURN, _KILL)
    made.add(_LOAD, 0)
    if MACHINE == "x86_64":
        made.add(_AT_LEAST, _X32, 0, 1)
        made.answer(_ENOSYS)
    made.refuse(_REFUSED, _EPERM)
    made.refuse(["clone3"], _ENOSYS)  # its flags cannot be looked at; libc then takes clone
    made.refuse_bits("clone", 0, _NAMESPACES, _EPERM)
    made.refuse_bits("unshare", 0, _NAMESPACES | _NEW_TIME, _EPERM)
    made.refuse_values("ioctl", 1, _TERMINAL_INPUT, _EPERM)
    if families is not None:
        made.allow_values("socket", 0, tuple(families), _EACCES)
    if not alone:
        made.refuse(_SHARED_WITH_ALL, _EPERM)
        made.refuse(_METADATA, 0)
        made.refuse(_ATTRIBUTES, _EPERM)
        for name in _OF_OTHERS:
            made.allow_values(name, 0, (0,), _EPERM)
        for name in ("setpriority", "ioprio_set"):
            made.allow_values(name, 1, (0,), _EPERM)
    made.add(_RETURN, _ALLOW)
    return b"".join(made.code)


def install(code: bytes) -> None:
    """Hold this process, and all that it starts, to a filter for good.

    Raises:
        OSError: the kernel does not take it.
    """
    prctl(PR_SET_NO_NEW_PRIVS, 1, "no_new_privs")
    buffer = ctypes.create_string_buffer(code, len(code))
    pointer = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    checked(libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), pointer, 0, 0), "seccomp")
