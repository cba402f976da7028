"""System calls that Python has no function for: their numbers on x86-64 and 64-bit ARM, and how to make them."""

from __future__ import annotations

import ctypes
import os
import platform
from typing import Any

MACHINE = platform.machine()
KNOWN = MACHINE in ("x86_64", "aarch64")
"""Whether the numbers below are right on this machine."""

_SINCE_2019 = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "clone3": 435,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "quotactl_fd": 443,
    "landlock_create_ruleset": 444,
    "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
    "process_mrelease": 448,
    "fchmodat2": 452,
    "setxattrat": 463,
    "removexattrat": 466,
    "open_tree_attr": 467,
}
_X86_64 = {
    **{"ioctl": 16, "shmget": 29, "shmat": 30, "shmctl": 31, "socket": 41, "clone": 56, "semget": 64, "msgget": 68},
    **{"truncate": 76, "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "ptrace": 101},
    **{"syslog": 103, "capset": 126, "utime": 132, "uselib": 134, "setpriority": 141, "sched_setparam": 142},
    **{"sched_setscheduler": 144, "vhangup": 153, "modify_ldt": 154, "pivot_root": 155, "adjtimex": 159},
    **{"chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168},
    **{"reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173, "init_module": 175},
    **{"delete_module": 176, "quotactl": 179, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190},
    **{"removexattr": 197, "lremovexattr": 198, "fremovexattr": 199, "sched_setaffinity": 203, "lookup_dcookie": 212},
    **{"clock_settime": 227, "utimes": 235, "mq_open": 240, "kexec_load": 246, "add_key": 248, "request_key": 249},
    **{"keyctl": 250, "ioprio_set": 251, "migrate_pages": 256, "fchownat": 260, "futimesat": 261, "fchmodat": 268},
    **{"unshare": 272, "move_pages": 279, "utimensat": 280, "perf_event_open": 298, "fanotify_init": 300},
    **{"prlimit64": 302, "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308},
    **{"process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313, "sched_setattr": 314},
    **{"kexec_file_load": 320, "bpf": 321, "userfaultfd": 323},
    **_SINCE_2019,
}
_AARCH64 = {
    **{"setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16},
    **{"lookup_dcookie": 18, "ioctl": 29, "ioprio_set": 30, "umount2": 39, "mount": 40, "pivot_root": 41},
    **{"truncate": 45, "chroot": 51, "fchmod": 52, "fchmodat": 53, "fchownat": 54, "fchown": 55, "vhangup": 58},
    **{"quotactl": 60, "utimensat": 88, "acct": 89, "capset": 91, "unshare": 97, "kexec_load": 104},
    **{"init_module": 105, "delete_module": 106, "clock_settime": 112, "syslog": 116, "ptrace": 117},
    **{"sched_setparam": 118, "sched_setscheduler": 119, "sched_setaffinity": 122, "setpriority": 140},
    **{"reboot": 142, "sethostname": 161, "setdomainname": 162, "settimeofday": 170, "adjtimex": 171},
    **{"mq_open": 180, "msgget": 186, "semget": 190, "shmget": 194, "shmctl": 195, "shmat": 196, "socket": 198},
    **{"add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220, "swapon": 224, "swapoff": 225},
    **{"migrate_pages": 238, "move_pages": 239, "perf_event_open": 241, "prlimit64": 261, "fanotify_init": 262},
    **{"name_to_handle_at": 264, "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268},
    **{"process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "sched_setattr": 274},
    **{"bpf": 280, "userfaultfd": 282, "kexec_file_load": 294},
    **_SINCE_2019,
}
NUMBERS = _AARCH64 if MACHINE == "aarch64" else _X86_64
"""Numbers by name; a call that this machine does not have is not in it."""

libc: Any = ctypes.CDLL(None, use_errno=True)

_PR_CAPBSET_DROP = 24
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
_MOST_CAPABILITIES = 64


def checked(result: int, what: str) -> int:
    """Return what a call of libc's returned.

    Raises:
        OSError: it failed; `what` is named in the error.
    """
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def call(name: str, *arguments: Any) -> int:
    """Make a system call by name and return its result.

    Raises:
        OSError: it failed, or this machine's numbers are not known.
    """
    if not KNOWN:
        raise OSError(f"{name}: system calls of {MACHINE} processors are not known here")
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return checked(libc.syscall(ctypes.c_long(NUMBERS[name]), *wide), name)


def prctl(option: int, value: int, what: str) -> None:
    """Set something of this process.

    Raises:
        OSError: the kernel refuses.
    """
    checked(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), what)


def give_up_capabilities() -> None:
    """Give up all capabilities for good, with the ways to get any back.

    Raises:
        OSError: some are left.
    """
    for number in range(_MOST_CAPABILITIES):
        libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(number), 0, 0, 0)  # fails where there are none to drop
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    call("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))
    prctl(PR_SET_NO_NEW_PRIVS, 1, "no_new_privs")
