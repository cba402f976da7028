"""The bank's tasks: working scripts of graded quality, one file a task."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank
from benchmarks.imperfect.tasks.digits import DIGITS
from benchmarks.imperfect.tasks.friedman import FRIEDMAN
from benchmarks.imperfect.tasks.ordinal import ORDINAL
from benchmarks.imperfect.tasks.tumours import TUMOURS

BANKS: dict[str, Bank] = {bank.task: bank for bank in (DIGITS, FRIEDMAN, ORDINAL, TUMOURS)}
"""Every task that the coder can write scripts for, by name."""
