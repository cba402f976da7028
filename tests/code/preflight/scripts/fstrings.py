# mypy: ignore-errors
import pandas as pd
BASE = "input"
SUFFIX = "csv"
train = pd.read_csv(f"./{BASE}/train.{SUFFIX}")
frames = {name: pd.read_csv(f"{BASE}/{name}.{SUFFIX}") for name in ("train", "test")}
test = frames["test"]
print(f"{len(train):>6,} rows, {train.shape!r}, {train['SalePrice'].mean():.2f}")
for column in ("LotArea", "GrLivArea"):
    for frame in (train, test):
        frame[f"{column}_sq"] = frame[column] ** 2
print(train["LotArea_sq"].head())
result = pd.DataFrame({"Id": test["Id"], "SalePrice": train["SalePrice"].mean()})
name = "submission"
result.to_csv(f"{name}.csv", index=False)
