# mypy: ignore-errors
import pandas as pd
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
train.rename(columns={"SalePrice": "price"}, inplace=True)
train.columns = [c.lower() for c in train.columns]
print(train["price"].mean(), train["lotarea"].mean())
test.rename(columns=str.lower, inplace=True)
print(test["yearbuilt"].max())
test.insert(0, "SalePrice", train["price"].mean())
test["Id"] = test["id"]
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
