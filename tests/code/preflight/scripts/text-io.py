# mypy: ignore-errors
import io
import os
import pandas as pd
text = open("input/train.csv", encoding="utf-8").read()
train = pd.read_csv(io.StringIO(text))
toy = pd.read_csv(io.StringIO("a,b\n1,2\n"))
print(toy["a"].sum(), pd.read_json(io.StringIO('[{"q": 1}]'))["q"].sum())
test = pd.read_csv("input/test.csv", usecols=lambda c: c != "Street")
with open(os.path.join("submission.csv"), mode="w") as out:
    print("Id,SalePrice", file=out)
    for key in test["Id"]:
        print(key, train["SalePrice"].mean(), sep=",", file=out)
with open("submission.csv") as check:
    print(len(check.readlines()))
