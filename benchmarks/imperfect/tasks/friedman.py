"""The bank of `friedman`: a skewed positive target from sensors."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_NUMBERS = """\
y = train["energy_kwh"]
X = train.drop(columns=["firing_id", "energy_kwh", "kiln"])
X_test = test.drop(columns=["firing_id", "kiln"])
"""

_KILNS = """\
y = train["energy_kwh"]
both = pd.get_dummies(pd.concat([train.drop(columns=["energy_kwh"]), test]), columns=["kiln"], dtype=float)
both = both.drop(columns=["firing_id"])
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_LOG = "from sklearn.compose import TransformedTargetRegressor\n"

FRIEDMAN = Bank(
    task="friedman",
    target="energy_kwh",
    id="firing_id",
    features={"numbers": _NUMBERS, "numbers and kilns": _KILNS},
    models={
        "stump": (
            "from sklearn.tree import DecisionTreeRegressor\n\n"
            "model = DecisionTreeRegressor(max_depth=1, random_state=0)\n"
        ),
        "shallow tree": (
            "from sklearn.tree import DecisionTreeRegressor\n\n"
            "model = DecisionTreeRegressor(max_depth=3, random_state=0)\n"
        ),
        "random forest": (
            "from sklearn.ensemble import RandomForestRegressor\n\n"
            "model = RandomForestRegressor(n_estimators=40, max_features=0.5, random_state=0)\n"
        ),
        "ridge on logs": (
            f"{_LOG}from sklearn.linear_model import Ridge\nfrom sklearn.pipeline import make_pipeline\n"
            "from sklearn.preprocessing import StandardScaler\n\n"
            "model = TransformedTargetRegressor(make_pipeline(StandardScaler(), Ridge(1.0)), func=np.log1p,"
            " inverse_func=np.expm1)\n"
        ),
        "forest on logs": (
            f"{_LOG}from sklearn.ensemble import RandomForestRegressor\n\n"
            "model = TransformedTargetRegressor(RandomForestRegressor(n_estimators=40, max_features=0.5,"
            " random_state=0), func=np.log1p, inverse_func=np.expm1)\n"
        ),
        "boosting on logs": (
            f"{_LOG}from sklearn.ensemble import HistGradientBoostingRegressor\n\n"
            "model = TransformedTargetRegressor(HistGradientBoostingRegressor(max_iter=80, random_state=0),"
            " func=np.log1p, inverse_func=np.expm1)\n"
        ),
        "tuned boosting on logs": (
            f"{_LOG}from sklearn.ensemble import HistGradientBoostingRegressor\n\n"
            "boosting = HistGradientBoostingRegressor(max_iter=250, learning_rate=0.06, max_leaf_nodes=7,"
            " l2_regularization=1.0, random_state=0)\n"
            "model = TransformedTargetRegressor(boosting, func=np.log1p, inverse_func=np.expm1)\n"
        ),
        "slow boosting on logs": (
            f"{_LOG}from sklearn.ensemble import HistGradientBoostingRegressor\n\n"
            "boosting = HistGradientBoostingRegressor(max_iter=500, learning_rate=0.04, max_leaf_nodes=5,"
            " l2_regularization=2.0, max_features=0.6, random_state=0)\n"
            "model = TransformedTargetRegressor(boosting, func=np.log1p, inverse_func=np.expm1)\n"
        ),
    },
    levels=(
        Level("numbers", "stump"),
        Level("numbers", "shallow tree"),
        Level("numbers", "ridge on logs"),
        Level("numbers and kilns", "ridge on logs"),
        Level("numbers", "random forest"),
        Level("numbers and kilns", "forest on logs"),
        Level("numbers and kilns", "boosting on logs"),
        Level("numbers and kilns", "tuned boosting on logs"),
        Level("numbers and kilns", "slow boosting on logs"),
    ),
    predict="""\
energy = np.clip(model.predict(X_test), 0.0, None)
submission = pd.DataFrame({"firing_id": test["firing_id"], "energy_kwh": energy})
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
