"""The server behind `tui-aide web`: a page with a terminal in it, and a viewer's process for each page that is open."""

from __future__ import annotations

import errno
import html
import ipaddress
import shlex
import socket
import string
import sys
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from textual_serve.server import Server

from tui_aide.cli.table import printable
from tui_aide.errors import TuiAideError, UsageError
from tui_aide.sessions.folder import SessionFolder

_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_PAGE = Path(__file__).with_name("web_page.html")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",  # no other page has it in a frame and borrows clicks
    "Referrer-Policy": "no-referrer",
}
_LETTERS = (8, 40)
_SHUTDOWN_SECONDS = 3.0


class WebServer(Server):
    """Serves home or one session until it is ended.

    The other end of each page is a process of its own, as for a terminal; closing the page ends it, and no search.
    """

    def __init__(
        self,
        shown: Path | SessionFolder,
        host: str,
        port: int,
        *,
        session: str | None = None,
        name: str | None = None,
    ) -> None:
        """Prepare; nothing listens yet.

        Args:
            shown: the session, or the folder that holds the sessions.
            host: the address to listen at.
            port: the port.
            session: the session's name, or None for home.
            name: a further name that the server is asked by, say a proxy's.
        """
        self._name = name.lower() if name is not None else None
        path = shown.path if isinstance(shown, SessionFolder) else shown
        kind = "home" if session is None else "session"
        command = shlex.join([sys.executable, "-m", "tui_aide.cli.web_screen", kind, str(path.absolute())])
        super().__init__(command, host, port, title=f"{session} · tui_aide" if session else "tui_aide")

    def run(self) -> None:
        """Listen, say where, and serve until Ctrl-C or SIGTERM.

        Raises:
            UsageError: the address or the port cannot be had.
        """
        listener = listen(self.host, self.port)
        web.run_app(
            self._make_app(),
            sock=listener,
            print=lambda *_: self._say(),
            access_log=None,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )

    def _say(self) -> None:
        everywhere = self.host in ("0.0.0.0", "::")
        host = socket.gethostname() if everywhere else f"[{self.host}]" if ":" in self.host else self.host
        print(
            f"{printable(self.title)}: http://{host}:{self.port}   (Ctrl-C ends the page; searches go on)", flush=True
        )
        if self.host not in _THIS_MACHINE:
            print(
                f"Who reaches port {self.port} sees your sessions, steers them, and runs scripts as you: there is no "
                "password, and nothing is encrypted.\nSafer: leave out --host, and on the other machine: "
                f"ssh -L {self.port}:127.0.0.1:{self.port} {socket.gethostname()}",
                file=sys.stderr,
                flush=True,
            )

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard())
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing yet: the port may be taken."""

    def _guard(self) -> Middleware:
        """Return what keeps other pages of the user's browser out: they may not talk to this server."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not allowed(self.host, request.host, request.headers.get("Origin"), self._name):
                text = (
                    "Another page asks, or by a name that is not known here. If it is right: tui-aide web --name NAME\n"
                )
                raise web.HTTPForbidden(text=text)
            return await handler(request)

        return guard

    async def handle_index(self, request: web.Request) -> web.Response:
        """Return the page. `?fontsize=20` has larger letters."""
        wanted = request.query.get("fontsize", "")
        least, most = _LETTERS
        size = min(most, max(least, int(wanted))) if wanted.isdecimal() and len(wanted) < 4 else 15
        page = string.Template(_PAGE.read_text(encoding="utf-8"))
        text = page.substitute(title=html.escape(self.title), size=size)
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        UsageError: the port is taken or not ours, or the host is no address of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as e:
        if e.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} is taken; choose another, for example --port {port % 65535 + 1}") from e
        if e.errno == errno.EACCES:
            raise UsageError(f"port {port} is not for users; choose one from 1024 on, for example --port 8100") from e
        if isinstance(e, socket.gaierror) or e.errno == errno.EADDRNOTAVAIL:
            raise UsageError(f"--host {host}: no address of this machine; leave it out for 127.0.0.1") from e
        raise TuiAideError(f"cannot listen at {host}:{port}: {e.strerror}") from e


def allowed(host: str, asked: str, origin: str | None, name: str | None = None) -> bool:
    """Whether a request may be answered.

    Any page in a browser may ask any server, and have any name of its own lead to this machine. So a server is asked by
    its own names and by addresses only, and by no page but its own.

    Args:
        host: where the server listens.
        asked: the request's Host.
        origin: the request's Origin, or None where it has none.
        name: a further name of the server's, say a proxy's.
    """
    asked_name = _name(f"//{asked}")
    here = socket.gethostname().lower()
    known = {*_THIS_MACHINE, name} if host in _THIS_MACHINE else {*_THIS_MACHINE, name, host, here, f"{here}.local"}
    if asked_name not in known and (host in _THIS_MACHINE or not _is_address(asked_name)):
        return False
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == asked or (name is not None and _name(origin) == name)
    except ValueError:
        return False


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # half an address in brackets, say
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
