"""The zygote's small companion: forked before anything is loaded, it forks the supervisors of scripts in namespaces.

A fork copies the table of all pages, and its end takes as long again, so only scripts are forked from what is large.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
from typing import NoReturn

from tui_aide.execution.inside import namespaces
from tui_aide.execution.inside.kernel import PR_SET_PDEATHSIG, libc
from tui_aide.execution.warm import messages, supervisor

USERS = b"u"
"""What comes with the namespace of users that the zygote must enter, before the first order for a script."""


def keep(zygote: socket.socket, parent: int) -> NoReturn:
    """Fork a supervisor once a message, which is as the runner's to the zygote; ends with the zygote.

    Args:
        zygote: the socket to it.
        parent: its process.
    """
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        me = os.getpid()
        if os.getppid() != parent:
            os._exit(1)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the supervisors
        alone = False
        while True:
            message, descriptors = messages.receive(zygote)
            if not message:
                os._exit(0)
            if not alone:
                _be_alone(zygote)
                alone = True
            with contextlib.suppress(OSError):  # too many processes: the runner sees that its socket is closed
                if not os.fork():
                    supervisor.supervise_inside(json.loads(message), descriptors, me, zygote)
            messages.close(descriptors)
    finally:
        os._exit(1)


def _be_alone(zygote: socket.socket) -> None:
    """Enter a namespace of users that those of all scripts are made in, and have the zygote do so.

    In there, both have the right to enter others. Where that is refused, the zygote will say so, script by script.
    """
    with contextlib.suppress(OSError):
        namespaces.own_users()
        users = os.open("/proc/self/ns/user", os.O_RDONLY)
        messages.send(zygote, USERS, [users])
        os.close(users)
