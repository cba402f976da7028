"""What small models do to a working script: each bug can be put in, recognised in a text, and named by a message."""

from __future__ import annotations

import re

import msgspec


class Bug(msgspec.Struct, frozen=True, kw_only=True):
    """One way to break a script of one task.

    Attributes:
        name: unique among the task's bugs, its kind first, such as `import/tabular_boost`.
        part: the part of the script that it is in.
        old: text of that part that is replaced, empty where `new` goes before the part.
        new: what takes its place.
        sign: pattern that recognises it in a script.
        cause: pattern that recognises a message that names it.
        advice: what a good review says of it; `cause` matches this, too.
        visible: it can be seen in the text, without running.
        harmless: the script works nevertheless.
    """

    name: str
    part: str
    old: str
    new: str
    sign: str
    cause: str
    advice: str
    visible: bool = True
    harmless: bool = False

    @property
    def kind(self) -> str:
        """Which kind of bug it is."""
        return self.name.partition("/")[0]

    def apply(self, text: str) -> str:
        """Return the text of its part with the bug in it."""
        return text.replace(self.old, self.new) if self.old else self.new + text

    def in_code(self, code: str) -> bool:
        """Whether a script has it."""
        return re.search(self.sign, code, re.DOTALL) is not None

    def remedied_by(self, message: str) -> bool:
        """Whether a message names it and says in the same line what to write instead, as no traceback does."""
        return any(self.named_by(line) and _REMEDY.search(line) for line in message.splitlines())

    def named_by(self, message: str) -> bool:
        """Whether a message tells what is wrong."""
        return re.search(self.cause, message, re.IGNORECASE) is not None


_REMEDY = re.compile(
    r"did you mean|: use |: add |: write |: end with |there is: |[Tt]ake out|Read `|Add `|Use the|Write the|with all"
)

_IMPORTS = (
    ("tabular_boost", "from tabular_boost import TabularBooster\n"),
    ("sklearn.gradient_boosting", "from sklearn.gradient_boosting import GradientBooster\n"),
    ("RobustTargetScaler", "from sklearn.preprocessing import RobustTargetScaler\n"),
)
_PATHS = (("train", "./data/train.csv"), ("train", "../input/train.csv"), ("test", "./input/test_features.csv"))
_COLUMNS = ("target", "label")


def bugs_of(target: str) -> dict[str, Bug]:
    """Return every bug that a script of a task can have, by name.

    Args:
        target: the task's target column.
    """
    found = [
        *(_import(name, line) for name, line in _IMPORTS),
        *(_path(table, path) for table, path in _PATHS),
        *(_name(alias, module) for alias, module in (("np", "numpy"), ("pd", "pandas"))),
        *(_column(target, wrong) for wrong in _COLUMNS),
        *_OTHERS,
    ]
    return {bug.name: bug for bug in found}


def _import(name: str, line: str) -> Bug:
    return Bug(
        name=f"import/{name}",
        part="load",
        old="",
        new=line,
        sign=re.escape(name),
        cause=re.escape(name),
        advice=f"Take out the import of `{name}`: there is no such thing here, and nothing needs it.",
    )


def _path(table: str, path: str) -> Bug:
    return Bug(
        name=f"path/{path}",
        part="load",
        old=f'"./input/{table}.csv"',
        new=f'"{path}"',
        sign=f"(?<![.]){re.escape(path)}",
        cause=f"(?<![.]){re.escape(path)}",
        advice=f"Read `./input/{table}.csv`: the file {path} is not there.",
    )


def _name(alias: str, module: str) -> Bug:
    line = f"import {module} as {alias}\n"
    return Bug(
        name=f"name/{alias}",
        part="load",
        old=line,
        new="",
        sign=rf"\A(?!.*import {module} as {alias})(?=.*\b{alias}\.)(?=.*read_csv)",
        cause=rf"""['`"]{alias}['`"]|import {module} as {alias}""",
        advice=f"Add `import {module} as {alias}`: the name is used and never defined.",
    )


def _column(target: str, wrong: str) -> Bug:
    return Bug(
        name=f"column/{wrong}",
        part="features",
        old=f'train["{target}"]',
        new=f'train["{wrong}"]',
        sign=rf"""train\[['"]{wrong}['"]\]""",
        cause=rf"""['`"]{wrong}['`"]""",
        advice=f"Use the column `{target}`: train.csv has no column `{wrong}`.",
    )


_OTHERS = (
    Bug(
        name="submission/elsewhere",
        part="predict",
        old='submission.to_csv("./submission.csv", index=False)',
        new='submission.to_csv("./predictions.csv", index=False)',
        sign=r"predictions\.csv",
        cause=r"predictions\.csv|there is no submission|never written",
        advice="Write the table to `./submission.csv`: predictions.csv is not what is asked for.",
    ),
    Bug(
        name="submission/shown",
        part="predict",
        old='submission.to_csv("./submission.csv", index=False)',
        new="print(submission.head())",
        sign=r"print\(submission\.head\(\)\)",
        cause=r"there is no submission|never written",
        advice="Write the table to `./submission.csv`: it is shown, and never written.",
    ),
    Bug(
        name="crash/rows",
        part="train",
        old="model.fit(X, y)",
        new="model.fit(X, y[:-5])",
        sign=r"y\[:-5\]",
        cause=r"inconsistent numbers of samples|y\[:-5\]",
        advice="Fit on as many labels as rows: `y[:-5]` leaves five out.",
        visible=False,
    ),
    Bug(
        name="crash/columns",
        part="predict",
        old="X_test)",
        new="X_test.iloc[:, 1:])",
        sign=r"X_test\.iloc\[:, 1:\]",
        cause=r"feature names|features, but|iloc\[:, 1:\]",
        advice="Predict with all columns: `X_test.iloc[:, 1:]` leaves out the first.",
        visible=False,
    ),
    Bug(
        name="slow/waiting",
        part="train",
        old="",
        new="import time\n\nfor epoch in range(100000):\n    time.sleep(1.0)\n\n",
        sign=r"time\.sleep\(1\.0\)",
        cause=r"killed after|timeout|time limit|time\.sleep",
        advice="Take out the loop with `time.sleep`: it does nothing but wait.",
        visible=False,
    ),
    Bug(
        name="lie/score",
        part="train",
        old="float(np.round(model.score(val_X, val_y), 4))",
        new="0.9987",
        sign=r"validation score:.{0,6}0\.9987",
        cause=r"0\.9987|made-up score",
        advice="Print the measured score instead of 0.9987.",
        harmless=True,
    ),
)


def waits(code: str) -> bool:
    """Whether a script has the bug that lets it wait beyond any limit."""
    return "time.sleep(1.0)" in code and "range(100000)" in code
