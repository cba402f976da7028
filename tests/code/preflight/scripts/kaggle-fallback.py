# mypy: ignore-errors
import os
import pandas as pd
if os.path.exists("/kaggle/input/house-prices/train.csv"):
    DATA = "/kaggle/input/house-prices"
else:
    DATA = "./input"
train = pd.read_csv(os.path.join(DATA, "train.csv"))
test = pd.read_csv(f"{DATA}/test.csv")
try:
    extra = pd.read_csv("input/extra.csv")
except FileNotFoundError:
    extra = None
if os.path.isfile("input/weather.csv"):
    weather = pd.read_csv("input/weather.csv")
test["SalePrice"] = train["SalePrice"].mean()
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
