# mypy: ignore-errors
import pandas as pd
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
def add(frame, value):
    frame["SalePrice"] = value
add(test, train["SalePrice"].mean())
print(test["SalePrice"].mean())
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
