from __future__ import annotations

import pytest

from tests.code.preflight.house import HOUSE, around, told
from tui_aide.code.preflight import preflight
from tui_aide.execution.library import InterpreterLibrary

WRONG = {
    "from sklearn.datasets import load_breast_cancer\nload_breast_cancer()": "sklearn.datasets.load_breast_cancer",
    "from sklearn import datasets\ndatasets.load_iris()": "sklearn.datasets.load_iris",
    "import sklearn.datasets as d\nd.load_wine(return_X_y=True)": "sklearn.datasets.load_wine",
    "import sklearn.datasets\nsklearn.datasets.load_digits()": "sklearn.datasets.load_digits",
    "from sklearn.datasets import load_diabetes as x\nx()": "sklearn.datasets.load_diabetes",
    "from sklearn.datasets import fetch_california_housing\nfetch_california_housing()": (
        "sklearn.datasets.fetch_california_housing"
    ),
    "from sklearn.datasets import fetch_openml\nfetch_openml('adult')": "sklearn.datasets.fetch_openml",
    "import tensorflow as tf\ntf.keras.datasets.mnist.load_data()": "tensorflow.keras.datasets.mnist.load_data",
    "from tensorflow.keras.datasets import cifar10\ncifar10.load_data()": "tensorflow.keras.datasets.cifar10.load_data",
    "from torchvision import datasets\ndatasets.MNIST('.')": "torchvision.datasets.MNIST",
    "import seaborn as sns\nsns.load_dataset('titanic')": "seaborn.load_dataset",
    "import statsmodels.api as sm\nsm.datasets.get_rdataset('iris')": "statsmodels.api.datasets.get_rdataset",
    "from datasets import load_dataset\nload_dataset('imdb')": "datasets.load_dataset",
}


@pytest.mark.parametrize("body", WRONG)
def test_look_ups_of_labels_are_found(body: str) -> None:
    found = preflight(around(body), HOUSE, InterpreterLibrary())
    assert [(f.kind, f.line, f.message) for f in found] == [
        ("labels", 5, f"{WRONG[body]} looks up labels: learn from the files in ./input alone")
    ]


@pytest.mark.parametrize(
    "body",
    [
        "from sklearn.datasets import make_classification\nmake_classification()",
        "from sklearn.datasets import load_iris",
        "from sklearn.datasets import load_svmlight_file\nif len(train) < 1:\n    load_svmlight_file('x')",
        "def load_digits():\n    return 1\nload_digits()",
    ],
)
def test_data_that_are_made_or_one_s_own_are_left_alone(body: str) -> None:
    assert told(body) == []


def test_data_sets_that_are_files_of_the_task_are_left_alone() -> None:
    body = "from torchvision.datasets import ImageFolder\nImageFolder('input')"
    assert preflight(around(body), HOUSE, InterpreterLibrary()) == []


@pytest.mark.parametrize(
    "body",
    [
        "import tui_aide.tasks.bundled as made",
        "from tui_aide.tasks.bundled.digits import generate",
        "import importlib\nmade = importlib.import_module('tui_aide.tasks.bundled')",
        "made = __import__('tui_aide')",
    ],
)
def test_this_package_which_makes_the_bundled_tasks_is_refused(body: str) -> None:
    found = preflight(around(body), HOUSE, InterpreterLibrary())
    assert [f.kind for f in found] == ["labels"]
    assert "cannot import tui_aide" in found[0].message
