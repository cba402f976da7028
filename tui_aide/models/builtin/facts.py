"""What the proposer reads out of a task's view: roles of columns and properties of the data."""

from __future__ import annotations

import math
import re

import msgspec

from tui_aide.tasks.task import Column, TaskView

_NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
_UNIT = re.compile(
    r"[~<>≈≤≥£$€#±+\s-]*(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*([^\W\d]{0,4}[%°²³]?/?[a-z]{0,2}\.?)"
)
_PLACEHOLDERS = frozenset(
    {"?", "-", "--", "na", "n/a", "nan", "none", "null", "unknown", "missing", "error", "tbd", "."}
)
WIDE = 200
"""Columns from which a preview may be shortened, so that the table may hold others of any kind."""
DESCRIBED = 54
"""Columns that describe an entry of a file of arrays, where it is a picture."""
LARGE = 50_000
"""Rows from which only models that scale well are proposed."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Roles of the input columns and what is special about the data.

    Attributes:
        problem: what is predicted; binary and multi-class problems predict labels or probabilities.
        tidy: columns of numbers that hold stray text or units.
        positive_pairs: numeric columns above zero whose ratio may mean something, likely ones first.
        alike: pairs of categorical columns that share values.
        clock: whether dates come with a time of day.
        picture: (height, width) where the numeric columns are the pixels of a picture.
        partial: whether the preview leaves columns out, as it does for very wide tables.
        arrays: path of a file of arrays with an entry for each id, where the description says so.
        ordered: whether the classes are numbers with an order that the metric rewards.
    """

    view: TaskView
    problem: str
    numeric: tuple[str, ...] = ()
    tidy: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    many_valued: tuple[str, ...] = ()
    positive_pairs: tuple[tuple[str, str], ...] = ()
    alike: tuple[tuple[str, str], ...] = ()
    clock: bool = False
    picture: tuple[int, int] | None = None
    arrays: str = ""
    ordered: bool = False
    partial: bool = False
    target: Column | None = None

    @property
    def regression(self) -> bool:
        """Whether real values are predicted."""
        return self.problem == "regression"

    @property
    def several(self) -> bool:
        """Whether several targets are predicted at once, as numbers."""
        return bool(self.view.targets)

    @property
    def rows(self) -> int:
        """Labelled rows."""
        return self.view.train_rows

    @property
    def numbered(self) -> bool:
        """Whether all class labels are numbers, which a table may spell in several ways."""
        return bool(self.view.classes) and all(_NUMBER.fullmatch(label) is not None for label in self.view.classes)

    @property
    def outliers(self) -> bool:
        """Whether numeric ranges differ by orders of magnitude, as they do with outliers and long tails."""
        spans = sorted(
            c.maximum - c.minimum
            for c in self.view.columns
            if c.name in self.numeric and c.maximum is not None and c.minimum is not None and c.maximum > c.minimum
        )
        return len(spans) > 2 and spans[-1] > 1000 * spans[len(spans) // 2]

    @property
    def large(self) -> bool:
        """Whether slow families are out of the question."""
        return max(self.view.train_rows, self.view.test_rows) > LARGE

    @property
    def missing_numbers(self) -> tuple[str, ...]:
        """Numeric columns with missing values, dirty ones included: parsing leaves gaps."""
        return tuple(n for n in (*self.numeric, *self.tidy) if n in self.missing or n in self.tidy)

    @property
    def infinite(self) -> bool:
        """Whether numeric columns hold infinite values: the preview then has no least or greatest one to show."""
        numbers = [c for c in self.view.columns if c.name in self.numeric and c.kind == "numeric" and c.missing < 1]
        ends = [(c.minimum, c.maximum) for c in numbers]
        return any(end is None or not math.isfinite(end) for pair in ends for end in pair)

    @property
    def missing_text(self) -> tuple[str, ...]:
        """Text columns with missing values."""
        return tuple(n for n in self.text if n in self.missing)

    @property
    def plain(self) -> bool:
        """Whether all inputs are numbers once they are parsed."""
        return not (self.categorical or self.text)

    @property
    def width(self) -> int:
        """Columns that can be used."""
        own = sum(len(part) for part in (self.numeric, self.tidy, self.categorical, self.dates, self.text))
        return own + (DESCRIBED if self.arrays else 0)


def _spoilt_number(column: Column) -> bool:
    """Whether a column of text holds numbers in the main, as far as its samples tell."""
    texts = [s.strip() for s in column.samples if s.strip().casefold() not in _PLACEHOLDERS]
    if len(texts) < 2:
        return False
    near = [match[1].casefold() for t in texts if (match := _UNIT.fullmatch(t)) is not None]
    clean = near.count("")
    units = [unit for unit in near if unit]
    # "12a" and "13b" are codes; "12 cm" and "13 cm" are measures
    alike = len(units) >= 2 and len(set(units)) == 1
    return len(near) >= 0.7 * len(texts) and (clean >= 0.4 * len(texts) or alike) and column.unique > 8


def _picture(columns: list[Column]) -> tuple[int, int] | None:
    """Return the sides of the picture where the columns look like its pixels: many, alike in range and name."""
    side = math.isqrt(len(columns))
    if side < 6 or side * side != len(columns):
        return None
    stems = {re.sub(r"\d+", "", c.name) for c in columns}
    lows = [c.minimum for c in columns if c.minimum is not None]
    highs = [c.maximum for c in columns if c.maximum is not None]
    if len(stems) > 2 or not lows or not highs:
        return None
    span = max(highs) - min(lows)
    alike = sum(h - low > 0.5 * span for h, low in zip(highs, lows, strict=False))
    return (side, side) if span > 0 and alike > 0.4 * len(columns) else None


def _positive_pairs(columns: list[Column], most: int = 6) -> tuple[tuple[str, str], ...]:
    """Return pairs of positive, finely graded columns, those that share a word or a range first."""
    positive = [c for c in columns if (c.minimum or 0.0) > 0 and c.unique > 20]
    rated: list[tuple[float, str, str]] = []
    for place, a in enumerate(positive[:12]):
        for b in positive[place + 1 : 12]:
            words = set(re.findall(r"[a-z]{3,}", a.name.casefold())) & set(re.findall(r"[a-z]{3,}", b.name.casefold()))
            distance = abs(math.log((a.maximum or 1.0) / (b.maximum or 1.0))) if a.maximum and b.maximum else 9.0
            rated.append((distance - 2.0 * len(words), a.name, b.name))
    return tuple((a, b) for rating, a, b in sorted(rated)[:most] if rating < 2.5)


def _alike(columns: list[Column]) -> tuple[tuple[str, str], ...]:
    """Return pairs of categorical columns of which the most frequent values overlap, and are more than yes and no."""
    columns = [c for c in columns if c.unique > 2]
    found = []
    for place, a in enumerate(columns):
        for b in columns[place + 1 :]:
            if len(set(a.samples) & set(b.samples)) >= 2:
                found.append((a.name, b.name))
    return tuple(found[:6])


def read_facts(view: TaskView) -> Facts:
    """Read roles and properties from the view of a task.

    Args:
        view: the task as the scripts see it.

    Returns:
        Facts: a column that the test rows lack, an id or a constant is in `unused`.
    """
    roles: dict[str, list[str]] = {r: [] for r in ("numeric", "tidy", "categorical", "dates", "text", "unused")}
    numbers: list[Column] = []
    target: Column | None = None
    for column in view.columns:
        if column.name in view.target_columns:
            target = None if view.targets else column
            continue
        if column.name == view.id:
            continue
        role = _role(column)
        roles[role].append(column.name)
        if role == "numeric":
            numbers.append(column)
    if not any(roles[r] for r in ("numeric", "tidy", "categorical", "dates", "text")):
        roles["numeric"] = [c.name for c in view.columns if c.in_test and c.kind == "constant" and _is_number(c.dtype)]
        roles["unused"] = [n for n in roles["unused"] if n not in roles["numeric"]]
    if view.kind == "values" or view.targets:
        problem = "regression"
    else:
        problem = "binary" if len(view.classes) == 2 else "multiclass"
    ordered = (
        problem == "multiclass"
        and view.metric == "quadratic_kappa"
        and all(_NUMBER.fullmatch(label) is not None for label in view.classes)
    )
    by_name = {c.name: c for c in view.columns}
    return Facts(
        view=view,
        problem=problem,
        numeric=tuple(roles["numeric"]),
        tidy=tuple(roles["tidy"]),
        categorical=tuple(roles["categorical"]),
        dates=tuple(roles["dates"]),
        text=tuple(roles["text"]),
        unused=tuple(roles["unused"]),
        missing=tuple(c.name for c in view.columns if c.missing > 0),
        many_valued=tuple(n for n in roles["categorical"] if by_name[n].unique > 20),
        positive_pairs=_positive_pairs(numbers),
        alike=_alike([by_name[n] for n in roles["categorical"]]),
        clock=any(":" in sample for name in roles["dates"] for sample in by_name[name].samples),
        picture=_picture(numbers) if len(numbers) == sum(len(v) for k, v in roles.items() if k != "unused") else None,
        arrays=_arrays(view),
        ordered=ordered,
        partial=len(view.columns) >= WIDE or not view.columns,
        target=target,
    )


def _arrays(view: TaskView) -> str:
    """Return the path of the NumPy file that a line of the description names together with the id column."""
    for path in view.files:
        name = path.rpartition("/")[2]
        said = [line for line in view.description.splitlines() if name in line and view.id and view.id in line]
        if name.endswith(".npz") and path.count("/") == 1 and said:
            return path
    return ""


def _is_number(dtype: str) -> bool:
    """Whether pandas holds the column as numbers."""
    return dtype.casefold().startswith(("int", "float", "uint"))


def _role(column: Column) -> str:
    """Return the role that a column plays as an input."""
    if not column.in_test or column.kind in ("id", "constant") or column.missing >= 1.0:
        return "unused"
    if _is_number(column.dtype) or (column.kind == "boolean" and column.dtype.casefold().startswith("bool")):
        return "numeric"
    if column.kind == "date":
        return "dates"
    if column.kind == "numeric" or _spoilt_number(column):
        return "tidy"
    if column.kind == "text":
        return "text"
    return "categorical"
