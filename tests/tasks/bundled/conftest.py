from __future__ import annotations

from pathlib import Path

import pytest

from tui_aide.tasks.bundled import BUNDLED, materialise


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache folder with every bundled task in it."""
    folder = tmp_path_factory.mktemp("bundled")
    for name in BUNDLED:
        materialise(name, folder)
    return folder


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the scripts of benchmarks/ importable, wherever pytest was started."""
    root = Path(__file__).parents[3]
    monkeypatch.syspath_prepend(str(root))
    return root
