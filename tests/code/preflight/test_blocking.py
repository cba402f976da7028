from __future__ import annotations

import pytest

from tests.code.preflight.house import told

LOOP = "this loop never ends: give it a `break` or a condition"
PIP = "pip cannot install anything: there is no network; use the packages that are installed"
WRONG = {
    "n = input('how many? ')": (1, "input() waits for a keyboard, and there is none: write the value into the script"),
    "breakpoint()": (1, "breakpoint() waits for a debugger: take it out"),
    "import pdb\npdb.set_trace()": (2, "pdb.set_trace() waits for a debugger: take it out"),
    "from pdb import set_trace as stop\nstop()": (2, "pdb.set_trace() waits for a debugger: take it out"),
    "import getpass\ngetpass.getpass()": (
        2,
        "getpass.getpass() waits for a keyboard, and there is none: write the value into the script",
    ),
    "import code\ncode.interact()": (2, "code.interact() waits for a keyboard: take it out"),
    "while True:\n    print(1)": (1, LOOP),
    "while 1:\n    for x in train:\n        print(x)": (1, LOOP),
    "def f():\n    while True:\n        f2()\ndef f2():\n    return 1\nf()": (2, LOOP),
    "import os\nos.system('pip install lightgbm')": (2, PIP),
    "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'install', 'catboost'])": (2, PIP),
    "import subprocess\nsubprocess.check_call('pip install -q xgboost', shell=True)": (2, PIP),
    "import subprocess\nP = 'xgboost'\nsubprocess.call(f'pip install {P.lower()}', shell=True)": (3, PIP),
    "import os\nos.system('wget https://example.org/x')": (2, "wget cannot download anything: there is no network"),
    "import urllib.request\nurllib.request.urlretrieve('https://example.org', 'a.csv')": (
        2,
        "urllib.request.urlretrieve() cannot work: there is no network; use the files in ./input",
    ),
}


@pytest.mark.parametrize("body", WRONG)
def test_calls_that_wait_or_never_end_are_found(body: str) -> None:
    assert told(body) == [("blocking", *WRONG[body])]


def test_a_window_is_found_where_the_script_asks_for_one() -> None:
    drawing = "try:\n    import matplotlib\n    import matplotlib.pyplot as plt\nexcept ImportError:\n    raise\n"
    shown = drawing + "matplotlib.use('{}')\nplt.show()"
    message = "plt.show() waits for a window, and there is no display: use plt.savefig(), and no other backend than Agg"
    assert told(shown.format("TkAgg")) == [("blocking", 7, message)]
    assert told(shown.format("Agg")) == []
    assert told(drawing + "plt.show()") == []


@pytest.mark.parametrize(
    "body",
    [
        "def input(text):\n    return text\ninput('a')",
        "try:\n    input()\nexcept EOFError:\n    pass",
        "def ask():\n    return input()",
        "if len(train) < 3:\n    breakpoint()",
        "while True:\n    if len(train):\n        break",
        "def f():\n    while True:\n        for _ in range(3):\n            return 1\nf()",
        "import sys\ndef stop():\n    sys.exit()\nif len(train) < 1:\n    while True:\n        stop()",
        "def g():\n    while True:\n        yield 1\nnext(g())",
        "it = iter([1])\ntry:\n    while True:\n        print(it.__next__())\nexcept StopIteration:\n    pass",
        "it = iter([1])\nwhile True:\n    next(it, None)\n    raise SystemExit",
        "import subprocess\nsubprocess.run(['nproc'])",
        "import os\nos.system('echo pip')",
        "try:\n    import json\nexcept ImportError:\n    import os\n    os.system('pip install json')",
    ],
)
def test_calls_that_end_or_may_not_run_are_left_alone(body: str) -> None:
    assert told(body) == []


def test_what_is_installed_where_an_import_is_certain_to_fail_is_found() -> None:
    body = "try:\n    import skleran\nexcept ImportError:\n    import os\n    os.system('pip install skleran')"
    assert told(body) == [("blocking", 5, PIP)]
