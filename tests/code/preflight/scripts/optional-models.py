# mypy: ignore-errors
import importlib
import importlib.util
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor

def make_xgb():
    import xgboost as xgb
    return xgb.XGBRegressor(n_estimators=20)

def make_trees():
    return ExtraTreesRegressor(20)

MAKERS = {"xgb": make_xgb, "trees": make_trees}
if importlib.util.find_spec("catboost"):
    from catboost import CatBoostRegressor
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
cols = ["LotArea", "GrLivArea"]
for name in MAKERS:
    try:
        model = MAKERS[name]()
    except ImportError:
        print("no", name)
        continue
    model.fit(train[cols], train["SalePrice"])
try:
    booster = make_xgb()
except ImportError:
    booster = model
test["SalePrice"] = model.predict(test[cols])
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
