from __future__ import annotations

import pytest

from tests.code.preflight.house import HOUSE, told
from tui_aide.code.preflight import Surroundings, imported_modules, preflight
from tui_aide.execution.library import InterpreterLibrary

WRONG = {
    "from sklearn.cross_validation import KFold": (
        "no module 'sklearn.cross_validation'; did you mean 'sklearn.model_selection'?"
    ),
    "from sklearn.preprocessing import StandardScalar": (
        "sklearn.preprocessing has no 'StandardScalar'; did you mean 'StandardScaler'?"
    ),
    "import skleran": "no module 'skleran'; did you mean 'sklearn'?",
    "import wholly_invented_package": "no module 'wholly_invented_package' is installed: use another package",
    "from sklearn.ensemble import LogisticRegression": (
        "sklearn.ensemble has no 'LogisticRegression'; did you mean 'sklearn.linear_model.LogisticRegression'?"
    ),
    "from sklearn.preprocessing import Imputer": (
        "sklearn.preprocessing has no 'Imputer'; did you mean 'sklearn.impute.SimpleImputer'?"
    ),
    "from sklearn.externals import joblib": "sklearn.externals has no 'joblib'; did you mean 'joblib'?",
    "import sklearn.emsemble": "no module 'sklearn.emsemble'; did you mean 'sklearn.ensemble'?",
    "from sklearn.metrics import mean_squared_eror": (
        "sklearn.metrics has no 'mean_squared_eror'; did you mean 'mean_squared_error'?"
    ),
    "from collections import Iterable": "collections has no 'Iterable'; did you mean 'collections.abc.Iterable'?",
    "from pathlib import Paths": "pathlib has no 'Paths'; did you mean 'Path'?",
    "import numpy as np\nx = np.zeros(3, np.float)": "numpy has no 'float': write float",
    "x = pd.read_cvs": "pandas has no 'read_cvs'; did you mean 'read_csv'?",
    "import os.paths": "no module 'os.paths'; did you mean 'os.path'?",
    "def f():\n    import skleran\nf()": "no module 'skleran'; did you mean 'sklearn'?",
    "USE = True\nif USE:\n    import skleran": "no module 'skleran'; did you mean 'sklearn'?",
    "try:\n    import skleran\nexcept ValueError:\n    pass": "no module 'skleran'; did you mean 'sklearn'?",
    "try:\n    import skleran\nexcept ImportError:\n    import skleran.more": (
        "no module 'skleran'; did you mean 'sklearn'?"
    ),
}


@pytest.mark.parametrize("body", WRONG)
def test_what_cannot_be_imported_is_found(body: str) -> None:
    ((kind, line, message),) = told(body)
    assert (kind, message) == ("import", WRONG[body])
    wrong = [n for n, text in enumerate(body.splitlines(), 1) if "import" in text or "np.float" in text]
    assert line == (wrong[-1] if wrong else 1)


@pytest.mark.parametrize(
    "body",
    [
        "try:\n    import skleran\nexcept ImportError:\n    skleran = None",
        "try:\n    import skleran\nexcept Exception:\n    pass",
        "try:\n    import skleran\nexcept:\n    pass",
        "try:\n    import skleran\nexcept (ValueError, ModuleNotFoundError):\n    pass",
        "ERRORS = (ImportError,)\ntry:\n    import skleran\nexcept ERRORS:\n    pass",
        "if False:\n    import skleran",
        "FAST = False\nif FAST:\n    import skleran",
        "if len(train) > 5:\n    import skleran",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import skleran",
        "def unused():\n    import skleran",
        "def use():\n    import skleran\ntry:\n    use()\nexcept ImportError:\n    pass",
        "import numpy as np\nnp.float = float\nprint(np.float)",
        "import numpy as np\nprint(np.__version__, np.linalg.norm([1]))",
        "import sys\nsys.path.append('input')\nimport helper_of_the_task",
        "import os.path\nimport xml.etree.ElementTree as ET\nimport sklearn.linear_model\n"
        "print(sklearn.linear_model.Ridge())",
    ],
)
def test_what_is_caught_or_may_not_run_is_left_alone(body: str) -> None:
    assert told(body) == []


def test_modules_beside_the_script_are_taken_as_there() -> None:
    class Nothing(InterpreterLibrary):
        def exists(self, module: str) -> bool | None:
            return False

    files = {**HOUSE.files, "helpers.py": (), "lib/tools.py": ()}
    code = "import helpers\nimport lib.tools\nimport other"
    found = preflight(code, Surroundings(files), Nothing())
    assert [f.line for f in found if f.kind == "import"] == [3]


def test_nothing_is_said_of_a_library_that_is_not_known() -> None:
    code = "import skleran\nfrom sklearn.nothing import A\nA.to_csv('submission.csv')\n"
    assert preflight(code, HOUSE, InterpreterLibrary()) == []


def test_imported_modules_are_those_of_every_import_and_possible_submodules() -> None:
    code = "import a.b as c, d\nfrom e.f import g, H\nfrom . import i\nfrom .j import k\ndef f():\n    import l\n"
    assert imported_modules(code) == {"a.b", "d", "e.f", "e.f.g", "l"}
    assert imported_modules("import (") == frozenset()
