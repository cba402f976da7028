from __future__ import annotations

import symtable
from pathlib import Path

import pytest

from tests.code.preflight.house import HOUSE, SCRIPTS, check, told
from tui_aide.code.preflight import Surroundings, preflight
from tui_aide.code.preflight.scopes import Scopes
from tui_aide.code.syntax import parsed
from tui_aide.execution.library import InterpreterLibrary

WRONG = {
    "x = np.zeros(3)": (1, "name 'np' is not defined: add `import numpy as np`"),
    "os.getcwd()": (1, "name 'os' is not defined: add `import os`"),
    "m = StandardScaler()": (
        1,
        "name 'StandardScaler' is not defined: add `from sklearn.preprocessing import StandardScaler`",
    ),
    "print(trian)": (1, "name 'trian' is not defined; did you mean 'train'?"),
    "print(wholly_unknown)": (1, "name 'wholly_unknown' is not defined: define it before it is read"),
    "def f():\n    return inner\ndef g():\n    inner = 1\n    return inner\nf(), g()": (
        2,
        "name 'inner' is not defined: define it before it is read",
    ),
    "class C:\n    size = 3\n    def f(self):\n        return size\nC().f()": (
        4,
        "name 'size' is not defined: define it before it is read",
    ),
    "y = [a for a in range(3)]\nprint(a)": (2, "name 'a' is not defined: define it before it is read"),
    "def f(v: List[int]):\n    return v\nf([1])": (1, "name 'List' is not defined: add `from typing import List`"),
    "@dataclass\nclass P:\n    x: int = 0\nP()": (
        1,
        "name 'dataclass' is not defined: add `from dataclasses import dataclass`",
    ),
    "if len(train) > 3:\n    plt.savefig('a.png')": (
        2,
        "name 'plt' is not defined: add `import matplotlib.pyplot as plt`",
    ),
    "for i in tqdm(range(3)):\n    print(i)": (1, "name 'tqdm' is not defined: add `from tqdm import tqdm`"),
    "import numpy\nx = np.ones(2)\ny = np.ones(3)": (2, "name 'np' is not defined: add `import numpy as np`"),
    "f = lambda q: q + offset\nf(1)": (1, "name 'offset' is not defined: define it before it is read"),
    "def f(a=later):\n    later = 1\n    return a, later\nf()": (
        1,
        "name 'later' is not defined: define it before it is read",
    ),
}


@pytest.mark.parametrize("body", WRONG)
def test_names_that_nothing_binds_are_found(body: str) -> None:
    assert told(body) == [("name", *WRONG[body])]


def test_pandas_that_was_never_imported_is_found_once_for_all_its_uses() -> None:
    (finding,) = check("sub = pd.read_csv('input/test.csv')\npd.DataFrame(sub).to_csv('submission.csv')\n")
    assert (finding.line, finding.message) == (1, "name 'pd' is not defined: add `import pandas as pd`")


@pytest.mark.parametrize(
    "body",
    [
        "from math import *\nprint(sqrt(2))",
        "exec('q = 1')\nprint(q)",
        "globals()['q'] = 1\nprint(q)",
        "def f():\n    global q\n    q = 1\nf()\nprint(q)",
        "try:\n    get_ipython()\nexcept NameError:\n    pass",
        "try:\n    display(train)\nexcept Exception:\n    pass",
        "import contextlib\nwith contextlib.suppress(NameError):\n    display(1)",
        "def unused():\n    return nowhere",
        "if False:\n    nowhere()",
        "def f():\n    x: Nowhere = 1\n    return x\nf()",
        "print(__name__, __file__, __doc__)",
        "class C:\n    print(__qualname__, __module__)\n    def f(self):\n        return __class__\nC().f()",
        "class C:\n    a = [1]\n    b = [x for x in a]",
        "print([y for x in [[1]] if (z := x) for y in x], z)",
        "try:\n    pass\nexcept ValueError as problem:\n    print(problem)",
        "match {'a': 1}:\n    case {'a': b, **c}:\n        print(b, c)\n    case [d, *e]:\n        print(d, e)",
        "def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n        return n\n"
        "    return inner()\n"
        "outer()",
        "with open('input/train.csv') as f, open('input/test.csv') as g:\n    print(f, g)",
        "(a, [b, *c]), d = (1, [2, 3]), 4\nprint(a, b, c, d)",
        "x = 1\ndel x",
    ],
)
def test_names_that_are_bound_somehow_or_never_read_are_left_alone(body: str) -> None:
    assert told(body) == []


def test_annotations_are_not_evaluated_where_the_interpreter_or_the_script_leaves_them() -> None:
    code = "def f(a: Nowhere) -> Nowhere:\n    return a\nf(1)\nopen('submission.csv', 'w')\n"
    assert [f.kind for f in preflight(code, HOUSE, InterpreterLibrary())] == ["name"]
    assert preflight("from __future__ import annotations\n" + code, HOUSE, InterpreterLibrary()) == []
    assert preflight(code, Surroundings(HOUSE.files, python=(3, 14)), InterpreterLibrary()) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_scopes_agree_with_the_compiler(path: Path) -> None:
    code = path.read_text("utf-8")
    tree = parsed(code)
    assert tree is not None
    ours = Scopes(tree, lazy_annotations=False)
    mine = {n.id for n in ours.reads if (s := ours.resolve(n)) is None or s is ours.module}
    theirs: set[str] = set()
    stack = [symtable.symtable(code, "solution.py", "exec")]
    while stack:
        table = stack.pop()
        stack += table.get_children()
        top = table.get_type() == "module"
        theirs |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    assert mine - theirs <= {"__class__"}
    lazily = "from __future__ import annotations" in code
    assert lazily or theirs - mine == set()
