"""Programs that ours is compared with, each in virtual environments of their own outside of ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tui_aide.sessions.places import cache_dir

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".venv-peers"

AIDEML = "0.2.2"
_AIDEML_NEEDS = (
    *("openai", "anthropic", "google-genai", "funcy", "humanize", "jsonschema", "rich", "dataclasses_json"),
    *("omegaconf", "loguru", "shutup", "coolname", "igraph", "genson", "black", "backoff", "python-dotenv"),
    *("numpy", "pandas", "scikit-learn", "requests", "tqdm"),
)
"""What aideml itself imports; its requirements hold 240 packages more that its scripts might like, 7.5 GB in all."""


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
    return _version(FOLDER / "bin" / "python", package)


def aideml_python() -> Path:
    """Return a Python that has aideml, unpatched, in the user's cache; installing it needs the network."""
    place = _aideml_place()
    python = place / "bin" / "python"
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, *_AIDEML_NEEDS], check=True)
        subprocess.run([*pip, "--no-deps", f"aideml=={AIDEML}"], check=True)
        (place / "ready").touch()
    return python


def aideml_version() -> str:
    """Return the version of the installed aideml, or an empty string."""
    return _version(_aideml_place() / "bin" / "python", "aideml")


def _aideml_place() -> Path:
    return cache_dir() / f"aideml-{AIDEML}"


def _version(python: Path, package: str) -> str:
    if not python.exists():
        return ""
    asked = f"import importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=False)
    return done.stdout.strip() if not done.returncode else ""
