"""Programs that ours is compared with, each in a virtual environment beside the project's: `.venv-peers/`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".venv-peers"


def peer_python(*packages: str) -> Path:
    """Return a Python that has the packages; they are installed on first use, which needs the network."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    for package in packages:
        if not peer_version(package):
            subprocess.run([str(python), "-m", "pip", "install", "-q", package], check=True)
    return python


def peer_version(package: str) -> str:
    """Return the version of a package in the peers' environment, or an empty string."""
    asked = f"import importlib.metadata as m; print(m.version({package!r}))"
    python = FOLDER / "bin" / "python"
    done = subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=False)
    return done.stdout.strip() if not done.returncode else ""
