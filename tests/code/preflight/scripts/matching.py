# mypy: ignore-errors
import pandas as pd
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")

def describe(value):
    match value:
        case {"kind": kind, **rest}:
            return kind, rest
        case [first, *others]:
            return first, others
        case str() as text if text:
            return text, None
        case _:
            return None, None

print(describe({"kind": "a", "b": 1}), describe([1, 2]), describe("x"))
test["SalePrice"] = train["SalePrice"].median()
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
