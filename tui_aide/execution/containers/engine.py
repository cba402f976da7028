"""The engine that makes containers, Docker's or Podman's, through the `docker` package. All calls block."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Any

import msgspec

from tui_aide.errors import ExecutionError

_ANSWER_SECONDS = 60
_FIRST_ANSWER_SECONDS = 5


class EngineGoneError(ExecutionError):
    """The engine does not answer, or no more."""


class MissingError(ExecutionError):
    """There is no such container or image."""


class EngineFacts(msgspec.Struct, frozen=True):
    """What an engine is.

    Attributes:
        name: `Docker` or `Podman`.
        version: such as `20.10.24`.
        machine: its processor, as `uname -m` tells it.
        cores: CPU cores that containers can have.
        rootless: it runs as an ordinary user, who is root in its containers.
        remapped: users of its containers are others outside, unless they ask for the host's.
        filtered: it filters the system calls of its containers.
        gpus: it can pass NVIDIA's GPUs through.
    """

    name: str
    version: str
    machine: str
    cores: int
    rootless: bool
    remapped: bool
    filtered: bool
    gpus: bool

    @property
    def podman(self) -> bool:
        """Whether it is Podman, whose containers that ended for want of memory do so with 137 and do not say why."""
        return self.name == "Podman"


class Ending(msgspec.Struct, frozen=True):
    """How a container ended: its exit code, and whether processes in it were killed for want of memory."""

    exit_code: int
    out_of_memory: bool


class Engine:
    """One connection to an engine; several threads may call it.

    Attributes:
        address: where it listens.
        facts: what it is.
    """

    def __init__(self, address: str) -> None:
        """Connect.

        Raises:
            EngineGoneError: nothing answers.
        """
        import docker

        self.address = address
        with self._asked():
            self._client = docker.APIClient(base_url=address, version="auto", timeout=_FIRST_ANSWER_SECONDS)
        try:
            with self._asked():
                self.facts = _facts(self._client.version(), self._client.info())
        except ExecutionError:
            self.close()
            raise
        self._client.timeout = _ANSWER_SECONDS

    @contextlib.contextmanager
    def _asked(self) -> Iterator[None]:
        """Ask a living engine only, since the package leaks the sockets on which none answers; translate its errors."""
        if self.address.startswith("unix://"):
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.settimeout(_FIRST_ANSWER_SECONDS)
                    probe.connect(self.address.removeprefix("unix://"))
            except OSError as error:
                raise EngineGoneError(f"no engine of containers answers at {self.address}: {error}.") from error
        with _translated():
            yield

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def create(self, name: str, image: str, options: dict[str, Any], host: dict[str, Any]) -> str:
        """Make a container, and return the engine's own id of it.

        Args:
            name: its name.
            image: of what.
            options: of `APIClient.create_container`.
            host: of `APIClient.create_host_config`.

        Raises:
            ExecutionError: the engine refuses.
            MissingError: there is no such image.
        """
        with self._asked():
            config = self._client.create_host_config(**host)
            return str(self._client.create_container(image, name=name, host_config=config, **options)["Id"])

    def attach(self, name: str) -> int:
        """Return a descriptor that the frames of a container's output come from; closing it ends its standard input."""
        with self._asked():
            stream = self._client.attach_socket(name, {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
            descriptor = os.dup(stream.fileno())
            stream._response.close()  # else it stays open until it is collected
            stream.close()
        os.set_blocking(descriptor, True)
        return descriptor

    def start(self, name: str) -> None:
        """Start a container."""
        with self._asked():
            self._client.start(name)

    def first_process(self, name: str) -> int:
        """Return the process id of a container's first process, 0 where it has ended."""
        with self._asked():
            return int(self._client.inspect_container(name)["State"].get("Pid") or 0)

    def wait(self, name: str) -> Ending:
        """Wait until a container has ended, and return how."""
        with self._asked():
            self._client.wait(name, timeout=None)
            state = self._client.inspect_container(name)["State"]
        return Ending(int(state["ExitCode"]), bool(state.get("OOMKilled")))

    def kill(self, name: str) -> None:
        """Kill all that runs in a container; nothing happens where it has ended."""
        with contextlib.suppress(MissingError, RefusedError), self._asked():
            self._client.kill(name)

    def remove(self, name: str) -> None:
        """Kill and remove a container, where there is one."""
        with contextlib.suppress(MissingError, RefusedError), self._asked():
            self._client.remove_container(name, v=True, force=True)

    def labelled(self, label: str) -> dict[str, dict[str, str]]:
        """Return the containers that carry a label, ended ones too: id to labels."""
        with self._asked():
            found = self._client.containers(all=True, filters={"label": label})
        return {str(c["Id"]): dict(c.get("Labels") or {}) for c in found}

    def stats(self, name: str) -> dict[str, Any]:
        """Return what a container uses now, as the engine counts it."""
        with self._asked():
            return dict(self._client.stats(name, stream=False))

    def has_image(self, image: str) -> bool:
        """Whether an image is on this machine."""
        try:
            with self._asked():
                self._client.inspect_image(image)
        except MissingError:
            return False
        return True

    def build(self, dockerfile: bytes, tag: str) -> Iterator[dict[str, Any]]:
        """Build an image from a Dockerfile alone, and return its log as it comes."""
        import io

        with self._asked():
            yield from self._client.build(
                fileobj=io.BytesIO(dockerfile), tag=tag, rm=True, forcerm=True, decode=True, timeout=None
            )

    def pull(self, image: str) -> Iterator[dict[str, Any]]:
        """Pull an image, and return the log as it comes."""
        repository, colon, tag = image.rpartition(":")
        if not colon or "/" in tag:
            repository, tag = image, "latest"
        with self._asked():
            yield from self._client.pull(repository, tag=tag, stream=True, decode=True)


class RefusedError(ExecutionError):
    """The engine will not do what it was asked."""


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Raise the package's errors as ours."""
    from docker import errors
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except errors.NotFound as error:
        raise MissingError(f"the engine has none: {error.explanation}.") from error
    except errors.APIError as error:
        raise RefusedError(f"the engine refused: {str(error.explanation).strip()}.") from error
    except (errors.DockerException, RequestException, HTTPError, OSError) as error:
        raise EngineGoneError(f"the engine of containers does not answer: {error}.") from error


def _facts(version: dict[str, Any], info: dict[str, Any]) -> EngineFacts:
    options = [str(option) for option in info.get("SecurityOptions") or ()]
    podman = any("podman" in str(part.get("Name", "")).lower() for part in version.get("Components") or ())
    devices = [str(device) for device in info.get("DiscoveredDevices") or ()]
    return EngineFacts(
        name="Podman" if podman else "Docker",
        version=str(version.get("Version", "")).partition("+")[0],
        machine=str(info.get("Architecture", "")),
        cores=int(info.get("NCPU") or 1),
        rootless=any("rootless" in option for option in options),
        remapped=any("name=userns" in option for option in options),
        filtered=any("seccomp" in option and "unconfined" not in option for option in options),
        gpus="nvidia" in (info.get("Runtimes") or {}) or any("nvidia" in device for device in devices),
    )
