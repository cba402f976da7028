# mypy: ignore-errors
import numpy as np
import pandas as pd
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
NUMS = ["LotArea", "GrLivArea"]
def enrich(df):
    for c in NUMS:
        df["log_" + c] = np.log1p(df[c].fillna(0))
    df.loc[df["YearBuilt"] < 1950, "old"] = 1
    return df
for d in [train, test]:
    enrich(d)
print(train["log_LotArea"].mean(), test["old"].sum())
means = {}
for key, part in train.groupby("OverallQual"):
    means[key] = part["SalePrice"].mean()
test["SalePrice"] = test["OverallQual"].map(means).fillna(train["SalePrice"].mean())
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
