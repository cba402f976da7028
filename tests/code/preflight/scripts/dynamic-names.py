# mypy: ignore-errors
import pandas as pd
for _name in ("train", "test"):
    globals()[_name] = pd.read_csv(f"input/{_name}.csv")
exec("scale = 2")
print(scale)
test["SalePrice"] = train["SalePrice"].mean()
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
