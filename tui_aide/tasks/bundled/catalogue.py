"""What is bundled: one entry a task, light enough to list from; generators are imported only when a task is made."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final

import msgspec

from tui_aide.tree.node import Direction


class References(msgspec.Struct, frozen=True, kw_only=True):
    """Scores on the test rows, as benchmarks/reference_scores.py measured them.

    Attributes:
        dummy: the best constant (or the class shares).
        simple: a linear model on imputed, one-hot encoded columns, as a first script has it.
        sensible: a competent pipeline with default settings.
        strong: tuned, blended, with features that fit the task.
    """

    dummy: float
    simple: float
    sensible: float
    strong: float


class BundledTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task that the package can make: what task.toml will hold, and what is known of it.

    Attributes:
        generator: name of the module in this package whose `generate()` returns the tables.
        rows: rows of train.csv; `test_rows` those of test.csv.
        version: raised when the generated files change, so that an older copy in a cache is not taken.
        licence: file in data/ that goes into the task folder as LICENSE.txt.
    """

    name: str
    summary: str
    goal: str
    metric: str
    direction: Direction
    target: str
    id: str
    rows: int
    test_rows: int
    generator: str
    references: References
    split: str = "random"
    holdout: float = 0.2
    folds: int = 1
    version: int = 1
    licence: str | None = None


def _references() -> dict[str, References]:
    table = tomllib.loads(files(__package__).joinpath("references.toml").read_text(encoding="utf-8"))
    return {name: msgspec.convert(table[name], References) for name in table if name != "measured_with"}


_SCORES: Final = _references()

BUNDLED: Final[dict[str, BundledTask]] = {
    task.name: task
    for task in (
        BundledTask(
            name="digits",
            summary="handwritten digits on 10x10 pixels: turned, moved, dim and noisy",
            goal="Predict for each image the probability of each of the ten digits.",
            metric="log_loss",
            direction="min",
            target="digit",
            id="image_id",
            rows=1300,
            test_rows=497,
            split="stratified",
            generator="digits",
            references=_SCORES["digits"],
        ),
        BundledTask(
            name="friedman",
            summary="energy of kiln firings from sensors, most of which say nothing",
            goal="Predict the energy in kWh that each kiln firing takes.",
            metric="rmsle",
            direction="min",
            target="energy_kwh",
            id="firing_id",
            rows=2000,
            test_rows=1500,
            generator="friedman",
            references=_SCORES["friedman"],
        ),
        BundledTask(
            name="rare-events",
            summary="payments that are disputed later, three in a hundred, mixed columns",
            goal="Predict how likely each payment is to be disputed.",
            metric="average_precision",
            direction="max",
            target="disputed",
            id="payment_id",
            rows=6000,
            test_rows=4000,
            split="stratified",
            holdout=0.25,
            generator="rare_events",
            references=_SCORES["rare-events"],
        ),
        BundledTask(
            name="tumours",
            summary="cell measures from four clinics: units mixed up, gaps, outliers",
            goal="Predict how likely each sample is to be malignant.",
            metric="roc_auc",
            direction="max",
            target="diagnosis",
            id="sample_id",
            rows=1500,
            test_rows=1500,
            split="stratified",
            generator="tumours",
            references=_SCORES["tumours"],
        ),
        BundledTask(
            name="small-data",
            summary="strength of glued joints from 240 tests, scored on five folds",
            goal="Predict the strength of each glued joint in MPa.",
            metric="mae",
            direction="min",
            target="strength_mpa",
            id="joint_id",
            rows=240,
            test_rows=600,
            folds=5,
            generator="small_data",
            references=_SCORES["small-data"],
        ),
        BundledTask(
            name="leaky",
            summary="subscriptions that end; one column is a trap, the split is by time",
            goal="Predict how likely each subscription is to end within 30 days.",
            metric="brier",
            direction="min",
            target="ends",
            id="snapshot_id",
            rows=4000,
            test_rows=2500,
            split="time:snapshot",
            generator="leaky",
            references=_SCORES["leaky"],
        ),
        BundledTask(
            name="ordinal",
            summary="condition grades 1 to 6 of bicycles, from words, measures, remarks",
            goal="Predict the condition grade (1 to 6) of each bicycle.",
            metric="quadratic_kappa",
            direction="max",
            target="grade",
            id="bicycle_id",
            rows=3000,
            test_rows=2000,
            split="stratified",
            generator="ordinal",
            references=_SCORES["ordinal"],
        ),
        BundledTask(
            name="docstrings",
            summary="topic of a standard-library docstring from some of its words",
            goal="Predict for each text the probability of each of the nine topics.",
            metric="log_loss",
            direction="min",
            target="topic",
            id="text_id",
            rows=1800,
            test_rows=839,
            split="stratified",
            generator="docstrings",
            references=_SCORES["docstrings"],
            licence="LICENSE-PSF.txt",
        ),
    )
}
"""The bundled tasks by name, in the order in which they are listed."""
