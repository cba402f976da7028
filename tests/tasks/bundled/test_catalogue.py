from __future__ import annotations

import subprocess
import sys

import pytest

from tui_aide.errors import UsageError
from tui_aide.tasks.bundled import BUNDLED, BundledTask, generate

TASKS = [pytest.param(task, id=task.name) for task in BUNDLED.values()]


def test_listing_imports_no_data_library() -> None:
    code = (
        "import sys; from tui_aide.tasks.bundled import BUNDLED; print(len(BUNDLED));"
        "print(sorted({'numpy', 'pandas', 'sklearn', 'tomli_w'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["13", "[]"]


@pytest.mark.parametrize("task", TASKS)
def test_references_are_in_order_and_leave_headroom(task: BundledTask) -> None:
    found = task.references
    ladder = [found.dummy, found.simple, found.sensible, found.strong]
    if task.direction == "min":
        ladder = [-score for score in ladder]
    assert ladder == sorted(set(ladder))
    span = ladder[-1] - ladder[0]
    assert ladder[-1] - ladder[-2] > 0.05 * span, "a search could hardly improve on the sensible reference"


@pytest.mark.parametrize("task", TASKS)
def test_summary_fits_a_line_beside_name_and_metric(task: BundledTask) -> None:
    assert "\n" not in task.summary
    assert len(task.summary) <= 70


@pytest.mark.parametrize("task", TASKS)
def test_catalogue_tells_the_rows_that_are_generated(task: BundledTask) -> None:
    tables = generate(task.name)
    assert len(tables.train) == task.rows
    assert len(tables.test) == len(tables.sample_submission) == len(tables.hidden) == task.test_rows


def test_unknown_name_is_a_usage_error_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'tumours'"):
        generate("tumors")
