from __future__ import annotations

import pytest

from tests.code.preflight.house import told

THERE = "./input/description.md, ./input/sample_submission.csv, ./input/test.csv, ./input/train.csv"
WRONG = {
    "pd.read_csv('./input/house_train.csv')": "./input/house_train.csv is not there; did you mean ./input/train.csv?",
    "pd.read_csv('train.csv')": "train.csv is not there; did you mean ./input/train.csv?",
    "pd.read_csv('../input/test.csv')": "../input/test.csv is not there; did you mean ./input/test.csv?",
    "pd.read_csv('/kaggle/input/house/train.csv')": (
        "/kaggle/input/house/train.csv is not there; did you mean ./input/train.csv?"
    ),
    "open('input/Train.csv')": "input/Train.csv is not there; did you mean ./input/train.csv?",
    "import numpy as np\nnp.genfromtxt('data/test.csv', delimiter=',')": (
        "data/test.csv is not there; did you mean ./input/test.csv?"
    ),
    "import os\nDATA = './inputs'\npd.read_csv(os.path.join(DATA, 'train.csv'))": (
        "./inputs/train.csv is not there; did you mean ./input/train.csv?"
    ),
    "D = 'input'\nN = 'trian'\npd.read_csv(f'{D}/{N}.csv')": (
        "input/trian.csv is not there; did you mean ./input/train.csv?"
    ),
    "from pathlib import Path\npd.read_csv(Path('data') / 'train.csv')": (
        "data/train.csv is not there; did you mean ./input/train.csv?"
    ),
    "from pathlib import Path\nPath('input', 'notes.md').read_text()": (
        f"input/notes.md is not there; there is: {THERE}"
    ),
    "import joblib\njoblib.load('model.pkl')": f"model.pkl is not there; there is: {THERE}",
    "import os\nos.listdir('./data')": "there is no folder ./data; the data are in ./input",
    "class C:\n    root = 'data/'\npd.read_csv(C.root + 'train.csv')": (
        "data/train.csv is not there; did you mean ./input/train.csv?"
    ),
    "def load():\n    return pd.read_csv('train.csv')\nload()": (
        "train.csv is not there; did you mean ./input/train.csv?"
    ),
    "with open('input/sample-submission.csv') as f:\n    f.read()": (
        "input/sample-submission.csv is not there; did you mean ./input/sample_submission.csv?"
    ),
}


@pytest.mark.parametrize("body", WRONG)
def test_paths_that_are_not_there_are_found(body: str) -> None:
    ((kind, line, message),) = told(body)
    assert (kind, message) == ("path", WRONG[body])
    assert any(word in body.splitlines()[line - 1] for word in ("read", "open", "load", "genfromtxt", "listdir"))


@pytest.mark.parametrize(
    "body",
    [
        "import os\nif os.path.exists('input/extra.csv'):\n    pd.read_csv('input/extra.csv')",
        "import os\ndef f():\n    if not os.path.exists('input/x.csv'):\n        return None\n    "
        "return pd.read_csv('input/x.csv')\nf()",
        "try:\n    pd.read_csv('/kaggle/input/train.csv')\nexcept FileNotFoundError:\n    pass",
        "try:\n    open('x.json')\nexcept OSError:\n    pass",
        "train.to_csv('copy.csv')\npd.read_csv('copy.csv')",
        "import joblib\njoblib.dump(1, 'm.pkl')\njoblib.load('./m.pkl')",
        "name = input_of = 'a'\npd.read_csv(name.upper() + '.csv') if False else None",
        "import os\nos.makedirs('out')\nos.listdir('out')",
        "import io\npd.read_csv(io.StringIO('a,b'))",
        "pd.read_json('{\"a\": [1]}')",
        "open('/dev/null').read()\nopen('/proc/cpuinfo')",
        "open(__file__).read()\nopen('solution.py').read()",
        "open('log.txt', 'a').write('x')\nopen('log.txt').read()",
        "pd.read_sql('select 1', None) if False else 0",
        "import sys\nif len(sys.argv) > 1:\n    pd.read_csv('other.csv')",
        "import os\nos.listdir()\nos.listdir('.')\nos.listdir('input/')\nos.listdir('working')",
    ],
)
def test_paths_that_are_there_or_written_or_guarded_are_left_alone(body: str) -> None:
    assert told(body) == []


def test_what_is_read_from_a_network_is_found() -> None:
    assert told("pd.read_csv('https://example.org/a.csv')") == [
        ("blocking", 1, "https://example.org/a.csv cannot be read: there is no network")
    ]
