"""Docker's engine for the tests: a daemon of their own, without network, that ends with them, and a tiny image."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

IMAGE = "tui-aide-skeleton:1"
PYTHON_PLACES = tuple(sorted({Path("/usr"), Path(sys.base_prefix), Path(sys.prefix)}))
"""What the image lacks, to be mounted: this machine's programs and this Python with its packages."""


def install() -> str:
    """Return the daemon's program, installed from Debian's packages where it is missing."""
    found = shutil.which("dockerd") or shutil.which("dockerd", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "docker.io"],
            check=True,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )
        found = shutil.which("dockerd", path="/usr/sbin:/usr/bin:/usr/local/bin")
    assert found is not None, "docker.io was installed without a dockerd"
    return found


class Daemon:
    """A dockerd with its own socket and data, which leaves the machine's network alone."""

    def __init__(self) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="dockerd-"))
        self.data = self.place / "data"
        self.host = f"unix://{self.place}/s"
        command: list[str | Path] = [
            install(),
            "--host",
            self.host,
            "--data-root",
            self.data,
            "--exec-root",
            self.place / "run",
        ]
        command += ["--pidfile", self.place / "pid", "--iptables=false", "--bridge=none", "--ip-forward=false"]
        with (self.place / "log").open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 30
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                words = (self.place / "log").read_text()[-1000:]
                self.close()
                raise RuntimeError(f"dockerd does not start: {words}")
            time.sleep(0.1)
        import_skeleton(self.host)

    def client(self) -> Any:
        import docker

        return docker.APIClient(base_url=self.host, version="auto", timeout=20)

    def containers(self) -> list[str]:
        client = self.client()
        try:
            return [container["Id"] for container in client.containers(all=True)]
        finally:
            client.close()

    def kill(self) -> None:
        """Have the daemon die at once; what its containers run goes on."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End it, and all that it has started."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for process in psutil.process_iter():  # those that outlive a daemon that was killed
            with contextlib.suppress(psutil.Error):
                if any(word.startswith(f"{self.place}/") for word in process.cmdline()):
                    process.kill()
        for mount in sorted(_mounts_below(self.place), reverse=True):
            subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(self.place, ignore_errors=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(self.host.removeprefix("unix://"))
            except OSError:
                return False
        return True


def import_skeleton(host: str) -> None:
    """Make the image from which the tests' containers are."""
    import docker

    client = docker.APIClient(base_url=host, version="auto", timeout=20)
    try:
        path = f"{sys.prefix}/bin:/usr/bin"
        client.import_image_from_data(_skeleton(), IMAGE, changes=[f"ENV PATH={path}"])
    finally:
        client.close()


def _mounts_below(place: Path) -> list[str]:
    points = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return [point for point in points if point.startswith(f"{place}/")]


def _skeleton() -> bytes:
    """Return an archive of empty folders, and of links into the /usr that is mounted."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in ("proc", "sys", "dev", "etc", "usr", "var", "tmp", "root"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            tar.addfile(folder)
        for link in (Path("/bin"), Path("/sbin"), Path("/lib"), Path("/lib64")):
            if link.is_symlink():
                tar.add(link, link.name)
        if Path("/etc/ld.so.cache").exists():
            tar.add("/etc/ld.so.cache", "etc/ld.so.cache")
    return archive.getvalue()
