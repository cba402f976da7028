"""The bank's tasks: working scripts of graded quality, one file a task."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank
from benchmarks.imperfect.tasks.digits import DIGITS
from benchmarks.imperfect.tasks.docstrings import DOCSTRINGS
from benchmarks.imperfect.tasks.friedman import FRIEDMAN
from benchmarks.imperfect.tasks.leaky import LEAKY
from benchmarks.imperfect.tasks.ordinal import ORDINAL
from benchmarks.imperfect.tasks.patchwork import PATCHWORK
from benchmarks.imperfect.tasks.rare_events import RARE_EVENTS
from benchmarks.imperfect.tasks.readings import READINGS
from benchmarks.imperfect.tasks.remarks import REMARKS
from benchmarks.imperfect.tasks.scans import SCANS
from benchmarks.imperfect.tasks.small_data import SMALL_DATA
from benchmarks.imperfect.tasks.tiles import TILES
from benchmarks.imperfect.tasks.tumours import TUMOURS

BANKS: dict[str, Bank] = {
    bank.task: bank
    for bank in (
        DIGITS,
        FRIEDMAN,
        ORDINAL,
        TUMOURS,
        RARE_EVENTS,
        SMALL_DATA,
        LEAKY,
        DOCSTRINGS,
        REMARKS,
        PATCHWORK,
        READINGS,
        SCANS,
        TILES,
    )
}
"""Every task that the coder can write scripts for, by name."""
