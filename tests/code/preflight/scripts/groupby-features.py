# mypy: ignore-errors
import numpy as np
import pandas as pd
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
stats = train.groupby("Neighborhood")["SalePrice"].agg(price_mean="mean", price_std="std").reset_index()
merged = test.merge(stats, on="Neighborhood", how="left")
wide = train.pivot_table(index="Neighborhood", columns="Street", values="LotArea", aggfunc="mean").reset_index()
print(wide["Neighborhood"].size, stats["price_std"].mean())
train = train.assign(Age=lambda d: 2010 - d["YearBuilt"], Ratio=lambda d: d.Age / d["LotArea"])
print(train["Age"].mean(), train["Ratio"].mean())
merged["SalePrice"] = merged["price_mean"].fillna(train["SalePrice"].mean())
merged[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
