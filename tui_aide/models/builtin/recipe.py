"""A recipe: the choices that a script is written from, and the comment line that carries them in the script."""

from __future__ import annotations

from typing import Literal

import msgspec

MARKER = "# recipe: "

Family = Literal[
    "linear",
    "elastic",
    "sgd",
    "spline",
    "forest",
    "extra_trees",
    "boosting",
    "knn",
    "svm",
    "gaussian_process",
    "mlp",
    "naive_bayes",
]
Categories = Literal["onehot", "ordinal", "target"]
TextFeatures = Literal["words", "characters", "both"]
Decision = Literal["plain", "threshold", "class_weights", "cutpoints", "temperature"]
Drift = Literal["ignore", "adversarial", "unstable"]


class Member(msgspec.Struct, frozen=True):
    """One model of a script: its family and the hyper-parameters that differ from the family's defaults."""

    family: Family
    params: dict[str, float | int | str] = msgspec.field(default_factory=dict)


class Recipe(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """All choices behind one script.

    Attributes:
        members: the models; several are blended, or stacked where `stack` is set.
        impute: fill missing numbers before models that cannot take them.
        tidy_numbers: parse columns of numbers that are spoilt by units and stray text.
        fill_text: replace missing text by an empty text.
        tolerate_unknown: encode categories that a fold never saw, instead of failing on them.
        coerce: read every column that is neither a category nor text as numbers, whatever it holds.
        fold_case: take spellings of a category that differ in case or blanks as one.
        matches: add whether two categories of a row agree, for columns that share values.
        ratios: add logarithms of the ratio of positive columns of like size or name.
        contrast: even out brightness and contrast of pictures.
        indicators: add a column that tells where a number was missing.
        clip: pull outliers of numeric columns to the 1st and 99th percentile.
        scale: how numbers are scaled for models that compare distances.
        interactions: add products of pairs of numeric columns.
        neighbourhood: add means of neighbouring pixels.
        select: keep this percentage of the scaled inputs, by mutual information; 100 keeps all.
        log_target: learn the logarithm of one plus the target.
        floor: cut predictions at the smallest target of the training rows.
        balanced: weigh rare classes up where the family can.
        ordered: regress on the rank of ordered classes instead of classifying.
        calibrated: give margin classifiers probabilities.
        shifts: train on copies of each picture that are moved by one pixel.
        folds, repeats: how the rows are cut for validation, and how often with another seed.
        rows: at most so many training rows a fold; 0 is all.
        latent: dimensions of the truncated SVD of text for models that need dense inputs.
        drop: columns that are left out.
        seed: of everything random in the script.
    """

    members: tuple[Member, ...]
    stack: bool = False
    impute: bool = True
    tidy_numbers: bool = True
    fill_text: bool = True
    tolerate_unknown: bool = True
    parse_dates: bool = True
    infinities: bool = False
    coerce: bool = False
    fold_case: bool = False
    matches: bool = False
    ratios: bool = False
    contrast: bool = False
    indicators: bool = False
    clip: bool = False
    scale: Literal["standard", "quantile", "none"] = "standard"
    categories: Categories = "ordinal"
    text: TextFeatures = "words"
    latent: int = 60
    interactions: bool = False
    neighbourhood: bool = False
    select: int = 100
    log_target: bool = False
    floor: bool = True
    balanced: bool = False
    ordered: bool = False
    calibrated: bool = True
    decode: bool = True
    decision: Decision = "plain"
    drift: Drift = "ignore"
    shifts: bool = False
    folds: int = 5
    repeats: int = 1
    rows: int = 0
    drop: tuple[str, ...] = ()
    seed: int = 0

    @property
    def families(self) -> tuple[Family, ...]:
        """The families of the members, in order."""
        return tuple(member.family for member in self.members)


def write_marker(recipe: Recipe) -> str:
    """Return the one comment line from which `read_marker` gets the recipe back."""
    return MARKER + msgspec.json.encode(recipe).decode()


def read_marker(code: str) -> Recipe | None:
    """Return the recipe that a script carries, or None for a script from elsewhere or a spoilt marker."""
    for line in code.splitlines():
        if line.startswith(MARKER):
            try:
                return msgspec.json.decode(line[len(MARKER) :], type=Recipe)
            except (msgspec.DecodeError, UnicodeError):
                return None
    return None


def fingerprint(recipe: Recipe) -> bytes:
    """Return bytes that are equal for recipes that differ in their seed only."""
    return msgspec.json.encode(msgspec.structs.replace(recipe, seed=0))


def change(recipe: Recipe, **fields: object) -> Recipe:
    """Return a copy of the recipe with other values in some fields."""
    return msgspec.structs.replace(recipe, **fields)
