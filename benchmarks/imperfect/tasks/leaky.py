"""The bank of `leaky`: the future from the past, with a column that means something else by then."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_ALL = """\
y = train["ends"]
both = pd.concat([train.drop(columns=["ends"]), test]).drop(columns=["snapshot_id", "snapshot"])
both = pd.get_dummies(both, columns=["plan", "paid_by", "price_rise"], dtype=float)
both = both.fillna(both.median())
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_KNOWN = """\
y = train["ends"]
both = pd.concat([train.drop(columns=["ends"]), test]).drop(columns=["snapshot_id", "snapshot", "care_minutes"])
both = pd.get_dummies(both, columns=["plan", "paid_by", "price_rise"], dtype=float)
both = both.fillna(both.median())
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_TRENDS = """\
y = train["ends"]
both = pd.concat([train.drop(columns=["ends"]), test]).drop(columns=["snapshot_id", "snapshot", "care_minutes"])
both["trend"] = np.log((both["hours_this_month"] + 1.0) / (both["hours_last_month"] + 1.0))
both["log_hours"] = np.log(both["hours_this_month"] + 1.0)
both["log_tenure"] = np.log(both["tenure_months"] + 1.0)
both = pd.get_dummies(both, columns=["plan", "paid_by", "price_rise"], dtype=float)
both = both.fillna(both.median())
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_SCALED = (
    "from sklearn.linear_model import LogisticRegression\nfrom sklearn.pipeline import make_pipeline\n"
    "from sklearn.preprocessing import StandardScaler\n\n"
)
_BOOSTING = "from sklearn.ensemble import HistGradientBoostingClassifier\n"

LEAKY = Bank(
    task="leaky",
    target="ends",
    id="snapshot_id",
    features={"all columns": _ALL, "known in time": _KNOWN, "trends": _TRENDS},
    models={
        "deep tree": (
            "from sklearn.tree import DecisionTreeClassifier\n\n"
            "model = DecisionTreeClassifier(min_samples_leaf=10, random_state=0)\n"
        ),
        "share": "from sklearn.dummy import DummyClassifier\n\nmodel = DummyClassifier(strategy='prior')\n",
        "shallow tree": (
            "from sklearn.tree import DecisionTreeClassifier\n\n"
            "model = DecisionTreeClassifier(max_depth=3, random_state=0)\n"
        ),
        "logistic regression": f"{_SCALED}model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))\n",
        "random forest": (
            "from sklearn.ensemble import RandomForestClassifier\n\n"
            "model = RandomForestClassifier(n_estimators=100, min_samples_leaf=5, random_state=0)\n"
        ),
        "boosting": (
            f"{_BOOSTING}\nmodel = HistGradientBoostingClassifier(max_iter=80, learning_rate=0.06, random_state=0)\n"
        ),
        "tuned boosting": (
            f"{_BOOSTING}\nmodel = HistGradientBoostingClassifier(max_iter=160, learning_rate=0.04, max_leaf_nodes=6,"
            " l2_regularization=5.0, random_state=0)\n"
        ),
        "blend of two": (
            f"{_BOOSTING}from sklearn.ensemble import VotingClassifier\n{_SCALED}"
            "linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=300))\n"
            "boosting = HistGradientBoostingClassifier(max_iter=160, learning_rate=0.04, max_leaf_nodes=6,"
            " l2_regularization=5.0, random_state=0)\n"
            "model = VotingClassifier([('linear', linear), ('boosting', boosting)], voting='soft')\n"
        ),
    },
    levels=(
        Level("all columns", "deep tree"),
        Level("known in time", "share"),
        Level("all columns", "random forest"),
        Level("all columns", "logistic regression"),
        Level("known in time", "shallow tree"),
        Level("known in time", "logistic regression"),
        Level("known in time", "boosting"),
        Level("trends", "tuned boosting"),
        Level("trends", "blend of two"),
    ),
    predict="""\
chances = model.predict_proba(X_test)[:, 1]
submission = pd.DataFrame({"snapshot_id": test["snapshot_id"], "ends": chances})
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
