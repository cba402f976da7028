"""The bank of `patchwork`: a positive value from a table whose cells are mostly empty."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_NUMBERS = """\
y = train["demand_mwh"]
X = train.drop(columns=["house_id", "demand_mwh"]).select_dtypes("number")
middles = X.median()
X_test = test[X.columns].fillna(middles)
X = X.fillna(middles)
"""

_WORDS = """\
y = train["demand_mwh"]
both = pd.concat([train.drop(columns=["demand_mwh"]), test]).drop(columns=["house_id", "visited"])
words = ["office", "wall", "glazing", "heater", "cellar", "solar"]
both = pd.get_dummies(both, columns=words, dummy_na=True, dtype=float)
both = both.fillna(both.median())
both.columns = [f"x{i}" for i in range(both.shape[1])]
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_AREAS = """\
y = train["demand_mwh"]
both = pd.concat([train.drop(columns=["demand_mwh"]), test]).drop(columns=["house_id", "visited"])
area = both["floor_area_m2"].fillna(0.89 * both["footprint_m2"] * both["storeys"].fillna(1.7))
area = area.fillna(27 * both["rooms"]).fillna(both["insured_keur"] / 2.3)
both = both.assign(area=area, asked=both.notna().sum(axis=1))
both["heating"] = both["heater"].map(
    {"gas boiler": 1.0, "oil boiler": 1.2, "heat pump": 0.4, "district": 0.9, "wood stove": 1.3}
)
words = ["office", "wall", "glazing", "heater", "cellar", "solar"]
both = pd.get_dummies(both, columns=words, dummy_na=True, dtype=float)
both["product"] = area.fillna(area.median()) * both["heating"].fillna(1.0)
both = both.fillna(both.median())
both.columns = [f"x{i}" for i in range(both.shape[1])]
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_SCALED = "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n\n"
_BOOSTING = "from sklearn.ensemble import HistGradientBoostingRegressor\n"
_TUNED = (
    "boosting = HistGradientBoostingRegressor(max_iter=250, learning_rate=0.04, max_leaf_nodes=10,"
    " l2_regularization=3.0, max_features=0.4, random_state=0)\n"
)

PATCHWORK = Bank(
    task="patchwork",
    target="demand_mwh",
    id="house_id",
    features={"numbers": _NUMBERS, "numbers and words": _WORDS, "areas": _AREAS},
    models={
        "deep tree": (
            "from sklearn.tree import DecisionTreeRegressor\n\nmodel = DecisionTreeRegressor(random_state=0)\n"
        ),
        "neighbours": (
            f"from sklearn.neighbors import KNeighborsRegressor\n{_SCALED}"
            "model = make_pipeline(StandardScaler(), KNeighborsRegressor(10))\n"
        ),
        "ridge": f"from sklearn.linear_model import Ridge\n{_SCALED}model = make_pipeline(StandardScaler(), Ridge())\n",
        "random forest": (
            "from sklearn.ensemble import RandomForestRegressor\n\n"
            "model = RandomForestRegressor(n_estimators=60, min_samples_leaf=3, random_state=0)\n"
        ),
        "boosting": f"{_BOOSTING}\nmodel = HistGradientBoostingRegressor(max_iter=60, random_state=0)\n",
        "tuned boosting": f"{_BOOSTING}\n{_TUNED}model = boosting\n",
        "boosting of the logarithm": (
            f"{_BOOSTING}from sklearn.compose import TransformedTargetRegressor\n\n{_TUNED}"
            "model = TransformedTargetRegressor(boosting, func=np.log, inverse_func=np.exp)\n"
        ),
    },
    levels=(
        Level("numbers", "deep tree"),
        Level("numbers", "neighbours"),
        Level("numbers", "random forest"),
        Level("numbers", "boosting"),
        Level("numbers and words", "random forest"),
        Level("numbers and words", "ridge"),
        Level("numbers and words", "boosting"),
        Level("areas", "boosting"),
        Level("areas", "boosting of the logarithm"),
    ),
    predict="""\
predicted = model.predict(X_test)
submission = pd.DataFrame({"house_id": test["house_id"], "demand_mwh": predicted})
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
