"""Scripts that work give no finding, whatever they are written like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.code.preflight.house import SCRIPTS, check


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_a_script_that_works_has_no_finding(path: Path) -> None:
    assert check(path.read_text(encoding="utf-8")) == []
