"""Show the screens in a browser: home, or one session."""

from __future__ import annotations

import argparse

from tui_aide.cli.options import add_place
from tui_aide.errors import UsageError

EPILOG = """\
examples:
  tui-aide web                          home, at http://127.0.0.1:8100
  tui-aide web digits-cactus-0707 --port 9000
  ssh -L 8100:127.0.0.1:8100 gpu-box    on your machine: the one on gpu-box, at http://127.0.0.1:8100
"""

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8100
"""Not 8000, which model servers take."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `web`."""
    parser.add_argument("session", metavar="SESSION", nargs="?", help="name, start of a name, or folder; default: home")
    parser.add_argument(
        "--host",
        default=DEFAULT_HOST,
        help=f"address to listen at, default {DEFAULT_HOST}: only this machine. There is no password: "
        "with another one, who reaches the port steers your searches and runs scripts as you",
    )
    parser.add_argument("--port", type=port, default=DEFAULT_PORT, help=f"port to listen at, default {DEFAULT_PORT}")
    parser.add_argument("--name", help="a further name that the page is reached by, such as a proxy's")
    add_place(parser)


def port(text: str) -> int:
    """Return the port that an option names."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; write a number from 1 to 65535")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Serve until it is ended by Ctrl-C."""
    from tui_aide.sessions.places import find_session, sessions_dir

    place = sessions_dir(options.sessions_dir)
    folder = find_session(options.session, place) if options.session is not None else None
    try:
        from tui_aide.cli.web_server import WebServer
    except ModuleNotFoundError as e:
        from tui_aide.installing import install_command

        raise UsageError(f"the browser needs {e.name}, which is missing: {install_command('web')}") from e
    session = folder.id if folder is not None else None
    WebServer(folder or place, options.host, options.port, session=session, name=options.name).run()
    return 0
