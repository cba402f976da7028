# mypy: ignore-errors
from math import *
from os.path import *
import pandas as pd
train = pd.read_csv(join("input", "train.csv"))
test = pd.read_csv(join("input", "test.csv"))
test["SalePrice"] = exp(sum(log(v) for v in train["SalePrice"]) / len(train))
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
