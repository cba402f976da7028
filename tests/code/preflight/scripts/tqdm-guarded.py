# mypy: ignore-errors
import pandas as pd
try:
    from tqdm.auto import tqdm
except ImportError:
    def tqdm(it, **kw):
        return it
try:
    get_ipython()
    NOTEBOOK = True
except NameError:
    NOTEBOOK = False
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
total = 0.0
for value in tqdm(train["SalePrice"], desc="rows"):
    total += value
test["SalePrice"] = total / len(train)
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
