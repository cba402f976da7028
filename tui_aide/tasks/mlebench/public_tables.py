"""Telling the tables among a competition's public files, whatever they are called."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

_SAMPLE = re.compile(r"(?:.*_)?sample_?submission.*|randompredictions", re.IGNORECASE)
_TRAIN = ("train.csv", "labels.csv", "train_labels.csv")
_TEST = ("test.csv",)


class PublicTables(msgspec.Struct, frozen=True):
    """Names of the tables that are there as plain CSV files; None for each that is not."""

    train: str | None
    test: str | None
    sample: str | None


def tell_tables(public: Path) -> PublicTables:
    """Return which of the public files are training table, test table and sample submission."""
    names = sorted(path.name for path in public.iterdir() if path.suffix == ".csv" and path.is_file())
    samples = [name for name in names if _SAMPLE.fullmatch(Path(name).stem)]
    return PublicTables(
        train=next((name for name in _TRAIN if name in names), None),
        test=next((name for name in _TEST if name in names), None),
        sample=min(samples, key=len) if samples else None,
    )
