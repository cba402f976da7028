from __future__ import annotations

import pytest

from tui_aide.code.requirements import distribution, requirements

CODE = """\
from __future__ import annotations
import os, json
import numpy as np, sklearn.linear_model
from PIL import Image
from . import neighbour
def f():
    import yaml
try:
    import lightgbm as lgb
except ImportError:
    lgb = None
try:
    import xgboost
except ValueError:
    pass
"""


def test_modules_are_named_by_their_distributions_and_optional_ones_left_out() -> None:
    assert requirements(CODE, {}) == ["numpy", "pillow", "pyyaml", "scikit-learn", "xgboost"]


def test_versions_are_pinned_where_they_are_known() -> None:
    installed = {"numpy": "2.1.0", "scikit-learn": "1.5.0", "lightgbm": "4.5.0", "xgboost": "2.1.0+cu12"}
    assert requirements(CODE, installed) == [
        "lightgbm==4.5.0",
        "numpy==2.1.0",
        "pillow",
        "pyyaml",
        "scikit-learn==1.5.0",
        "xgboost==2.1.0",
    ]


@pytest.mark.parametrize(
    ("handler", "optional"),
    [("ImportError", True), ("(OSError, ModuleNotFoundError)", True), ("Exception", True), ("KeyError", False)],
)
def test_an_import_is_optional_where_its_failure_is_caught(handler: str, optional: bool) -> None:
    code = f"try:\n    if 1:\n        import catboost\nexcept {handler}:\n    import pandas\n"
    assert requirements(code, {}) == (["pandas"] if optional else ["catboost", "pandas"])


def test_among_equals_the_installed_one_is_named() -> None:
    assert distribution("cv2") == "opencv-python"
    assert requirements("import cv2", {"opencv-python-headless": "4.10"}) == ["opencv-python-headless==4.10"]


def test_no_script_requires_nothing() -> None:
    assert requirements("import (", {}) == []
