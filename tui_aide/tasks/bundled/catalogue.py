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
        kind: what predictions are, where the metric does not say.
        files: what lies beside the tables at least.
    """

    name: str
    summary: str
    goal: str
    metric: str
    direction: Direction
    target: str | tuple[str, ...]
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
    kind: str | None = None
    files: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """The target columns, however many."""
        return (self.target,) if isinstance(self.target, str) else self.target


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
        BundledTask(
            name="remarks",
            summary="hasty remarks on parcels: which of five complaints each makes",
            goal="Predict for each remark how likely each of the five complaints is.",
            metric="roc_auc_columns",
            direction="max",
            target=("late", "damaged", "rude", "lost", "price"),
            id="remark_id",
            rows=2000,
            test_rows=2000,
            split="stratified",
            generator="remarks",
            references=_SCORES["remarks"],
        ),
        BundledTask(
            name="readings",
            summary="tokens of sentences, and how each is read aloud: numbers, dates, money",
            goal="Predict for each token the words that it is read as.",
            metric="accuracy",
            direction="max",
            target="after",
            id="token_id",
            rows=12_956,
            test_rows=6_089,
            split="group:sentence",
            kind="texts",
            generator="readings",
            references=_SCORES["readings"],
        ),
        BundledTask(
            name="scans",
            summary="stained scans of print on 12x12 pixels: the clean ink of every pixel",
            goal="Predict the clean ink of each of the 144 pixels of each scan.",
            metric="mcrmse",
            direction="min",
            target=tuple(f"c{row:02d}{column:02d}" for row in range(12) for column in range(12)),
            id="scan_id",
            rows=900,
            test_rows=600,
            holdout=0.25,
            generator="scans",
            references=_SCORES["scans"],
        ),
        BundledTask(
            name="tiles",
            summary="photographs of glazed tiles as PNG files: which fault each has",
            goal="Predict for each tile the probability of each of the five faults.",
            metric="log_loss",
            direction="min",
            target="fault",
            id="tile_id",
            rows=900,
            test_rows=700,
            split="stratified",
            holdout=0.25,
            generator="tiles",
            files=("images.npz", "images"),
            references=_SCORES["tiles"],
        ),
        BundledTask(
            name="patchwork",
            summary="heat demand of houses from four offices' records, mostly empty cells",
            goal="Predict the heat demand of each house in MWh a year.",
            metric="rmse",
            direction="min",
            target="demand_mwh",
            id="house_id",
            rows=3000,
            test_rows=2500,
            generator="patchwork",
            version=2,
            references=_SCORES["patchwork"],
        ),
    )
}
"""The bundled tasks by name, in the order in which they are listed."""
