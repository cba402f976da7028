"""The bank of `ordinal`: grades 1 to 6, where the distance of an error counts."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_NUMBERS = """\
y = train["grade"]
measures = ["age_years", "kilometres", "tread_mm", "list_price", "gears"]
middles = train[measures].median()
X = train[measures].fillna(middles)
X_test = test[measures].fillna(middles)
"""

_WORDS = """\
y = train["grade"]
both = pd.concat([train.drop(columns=["grade"]), test]).drop(columns=["bicycle_id", "remark"])
both = pd.get_dummies(both, dummy_na=True, dtype=float)
both = both.fillna(both.median())
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_REMARKS = """\
y = train["grade"]
both = pd.concat([train.drop(columns=["grade"]), test]).drop(columns=["bicycle_id"])
remarks = both.pop("remark").fillna("none").str.get_dummies(sep="; ").astype(float)
both["kilometres"] = np.log1p(both["kilometres"])
both = pd.get_dummies(both, dummy_na=True, dtype=float)
both = pd.concat([both.fillna(both.median()), remarks], axis=1)
both.columns = [str(c) for c in both.columns]
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

ORDINAL = Bank(
    task="ordinal",
    target="grade",
    id="bicycle_id",
    features={"measures": _NUMBERS, "measures and words": _WORDS, "measures, words and remarks": _REMARKS},
    models={
        "shares at random": (
            "from sklearn.dummy import DummyClassifier\n\n"
            "model = DummyClassifier(strategy='stratified', random_state=0)\n"
        ),
        "shallow tree": (
            "from sklearn.tree import DecisionTreeClassifier\n\n"
            "model = DecisionTreeClassifier(max_depth=4, random_state=0)\n"
        ),
        "random forest": (
            "from sklearn.ensemble import RandomForestClassifier\n\n"
            "model = RandomForestClassifier(n_estimators=80, random_state=0)\n"
        ),
        "ridge": (
            "from sklearn.linear_model import Ridge\nfrom sklearn.pipeline import make_pipeline\n"
            "from sklearn.preprocessing import StandardScaler\n\n"
            "model = make_pipeline(StandardScaler(), Ridge(10.0))\n"
        ),
        "boosting": (
            "from sklearn.ensemble import HistGradientBoostingRegressor\n\n"
            "model = HistGradientBoostingRegressor(max_iter=80, random_state=0)\n"
        ),
        "tuned boosting": (
            "from sklearn.ensemble import HistGradientBoostingRegressor\n\n"
            "model = HistGradientBoostingRegressor(max_iter=220, learning_rate=0.06, max_leaf_nodes=8,"
            " l2_regularization=2.0, random_state=0)\n"
        ),
        "blend of two": (
            "from sklearn.ensemble import HistGradientBoostingRegressor, VotingRegressor\n"
            "from sklearn.linear_model import Ridge\n\n"
            "boosting = HistGradientBoostingRegressor(max_iter=220, learning_rate=0.06, max_leaf_nodes=8,"
            " l2_regularization=2.0, random_state=0)\n"
            "model = VotingRegressor([('boosting', boosting), ('ridge', Ridge(10.0))], weights=[3, 1])\n"
        ),
    },
    levels=(
        Level("measures", "shares at random"),
        Level("measures", "shallow tree"),
        Level("measures", "boosting"),
        Level("measures and words", "shallow tree"),
        Level("measures and words", "random forest"),
        Level("measures and words", "ridge"),
        Level("measures, words and remarks", "ridge"),
        Level("measures, words and remarks", "boosting"),
        Level("measures, words and remarks", "tuned boosting"),
        Level("measures, words and remarks", "blend of two"),
    ),
    predict="""\
grades = np.clip(np.rint(np.asarray(model.predict(X_test), dtype=float)), 1, 6).astype(int)
submission = pd.DataFrame({"bicycle_id": test["bicycle_id"], "grade": grades})
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
