"""The bank of `small-data`: a few hundred rows, five folds."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_NUMBERS = """\
y = train["strength_mpa"]
X = train.drop(columns=["joint_id", "strength_mpa"]).select_dtypes("number")
middles = X.median()
X_test = test[X.columns].fillna(middles)
X = X.fillna(middles)
"""

_WORDS = """\
y = train["strength_mpa"]
both = pd.concat([train.drop(columns=["strength_mpa"]), test]).drop(columns=["joint_id"])
both = pd.get_dummies(both, columns=["adhesive", "surface", "technician"], dtype=float)
both = both.fillna(both.median())
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_CURES = """\
y = train["strength_mpa"]
both = pd.concat([train.drop(columns=["strength_mpa"]), test])
both = both[["adhesive", "surface", "cure_temperature", "cure_hours", "layer_mm", "overlap_mm", "humidity"]]
both["log_hours"] = np.log(both.pop("cure_hours"))
both["cured"] = both["log_hours"] + 0.04 * both["cure_temperature"]
both = pd.get_dummies(both, columns=["adhesive", "surface"], dtype=float)
both = both.fillna(both.median())
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_SCALED = "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"

SMALL_DATA = Bank(
    task="small-data",
    target="strength_mpa",
    id="joint_id",
    features={"numbers": _NUMBERS, "numbers and words": _WORDS, "cures": _CURES},
    models={
        "middle": "from sklearn.dummy import DummyRegressor\n\nmodel = DummyRegressor(strategy='median')\n",
        "shallow tree": (
            "from sklearn.tree import DecisionTreeRegressor\n\n"
            "model = DecisionTreeRegressor(max_depth=3, random_state=0)\n"
        ),
        "ridge": (
            f"{_SCALED}from sklearn.linear_model import Ridge\n\nmodel = make_pipeline(StandardScaler(), Ridge(3.0))\n"
        ),
        "random forest": (
            "from sklearn.ensemble import RandomForestRegressor\n\n"
            "model = RandomForestRegressor(n_estimators=100, max_features=0.5, random_state=0)\n"
        ),
        "kernel": (
            f"{_SCALED}from sklearn.svm import SVR\n\n"
            "model = make_pipeline(StandardScaler(), SVR(C=20.0, gamma=0.04, epsilon=0.2))\n"
        ),
        "tuned kernel": (
            f"{_SCALED}from sklearn.svm import SVR\nfrom sklearn.compose import TransformedTargetRegressor\n\n"
            "kernel = make_pipeline(StandardScaler(), SVR(C=4.0, gamma=0.06, epsilon=0.03))\n"
            "model = TransformedTargetRegressor(kernel, func=np.sqrt, inverse_func=np.square)\n"
        ),
        "blend of two": (
            f"{_SCALED}from sklearn.ensemble import ExtraTreesRegressor, VotingRegressor\nfrom sklearn.svm import SVR\n"
            "from sklearn.compose import TransformedTargetRegressor\n\n"
            "kernel = make_pipeline(StandardScaler(), SVR(C=4.0, gamma=0.06, epsilon=0.03))\n"
            "kernel = TransformedTargetRegressor(kernel, func=np.sqrt, inverse_func=np.square)\n"
            "trees = ExtraTreesRegressor(n_estimators=150, max_features=0.7, random_state=0)\n"
            "model = VotingRegressor([('kernel', kernel), ('trees', trees)], weights=[3, 1])\n"
        ),
    },
    levels=(
        Level("numbers", "middle"),
        Level("numbers", "ridge"),
        Level("numbers", "shallow tree"),
        Level("numbers and words", "ridge"),
        Level("numbers and words", "kernel"),
        Level("numbers and words", "random forest"),
        Level("cures", "kernel"),
        Level("cures", "tuned kernel"),
        Level("cures", "blend of two"),
    ),
    predict="""\
strength = np.clip(model.predict(X_test), 0.0, None)
submission = pd.DataFrame({"joint_id": test["joint_id"], "strength_mpa": strength})
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
