"""Where an engine of containers listens: Docker's by its variable, context or usual socket, else Podman's."""

from __future__ import annotations

import os
from pathlib import Path

from tui_aide.errors import ExecutionError
from tui_aide.execution.containers.engine import Engine, EngineGoneError
from tui_aide.installing import install_command

_START = (
    "start one (sudo systemctl start docker; or for Podman: systemctl --user start podman.socket), name its socket in"
    " DOCKER_HOST, or use --executor local"
)


def connect() -> Engine:
    """Return the first engine that answers; this blocks for some milliseconds.

    Raises:
        ExecutionError: none answers, or the package is missing.
    """
    try:
        import docker as _docker  # noqa: F401
    except ImportError as error:
        install = install_command("docker")
        raise ExecutionError(
            f"--executor docker needs the package docker: {install}, or use --executor local."
        ) from error
    if named := os.environ.get("DOCKER_HOST"):
        return _open_named(named, f"DOCKER_HOST names {named}")
    context = _context_host()
    if context and not context.startswith("unix://"):
        return _open_named(context, f"the current Docker context names {context}")
    for place in sockets():
        try:
            return Engine(f"unix://{place}")
        except EngineGoneError as error:
            if not os.access(place, os.R_OK | os.W_OK):
                raise ExecutionError(
                    f"{place} may not be used by you: join its group (sudo usermod -aG docker $USER, then log in anew),"
                    " or use --executor local."
                ) from error
    raise ExecutionError(f"no Docker or Podman answers here: {_START}.")


def _open_named(address: str, what: str) -> Engine:
    if not address.startswith(("unix://", "tcp://", "http://")) or os.environ.get("DOCKER_TLS_VERIFY"):
        raise ExecutionError(
            f"{what}, which may be another machine: scripts' folders must be on the engine's; name a unix:// socket in"
            " DOCKER_HOST, or use --executor ray for other machines."
        )
    try:
        return Engine(address)
    except EngineGoneError as error:
        raise ExecutionError(f"{what}, and nothing answers there: {_START}.") from error


def sockets() -> list[Path]:
    """Return the sockets that exist, the likeliest first."""
    run = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    context = _context_host()
    places = [
        *([Path(context.removeprefix("unix://"))] if context.startswith("unix://") else []),
        Path("/var/run/docker.sock"),
        run / "docker.sock",
        Path.home() / ".docker/run/docker.sock",
        run / "podman/podman.sock",
        Path("/run/podman/podman.sock"),
    ]
    return [place for place in dict.fromkeys(places) if _exists(place)]


def _exists(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:  # in a folder that is not ours to look into
        return False


def _context_host() -> str:
    """Return the address that the current Docker context names, empty for the default one or for none."""
    from docker.context import ContextAPI
    from docker.errors import DockerException

    try:
        name = os.environ.get("DOCKER_CONTEXT")
        context = ContextAPI.get_context(name) if name else ContextAPI.get_current_context()
    except (DockerException, OSError, ValueError, KeyError):
        return ""
    return "" if context is None or context.Name == "default" else str(context.Host or "")


def describe_docker() -> str:
    """Return one line on the engine that scripts would run in; this blocks for a moment.

    Raises:
        ExecutionError: there is none, and why.
    """
    engine = connect()
    try:
        facts = engine.facts
        return f"{facts.name} {facts.version} at {engine.address}" + (", rootless" if facts.rootless else "")
    finally:
        engine.close()
