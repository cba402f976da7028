"""The bank of `tumours`: the probability of one class from dirty columns."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_NUMBERS = """\
y = (train["diagnosis"] == "malignant").astype(int)
X = train.drop(columns=["sample_id", "diagnosis"]).select_dtypes("number")
middles = X.median()
X_test = test[X.columns].fillna(middles)
X = X.fillna(middles)
"""

_WORDS = """\
y = (train["diagnosis"] == "malignant").astype(int)
both = pd.concat([train.drop(columns=["diagnosis"]), test]).drop(columns=["sample_id"])
both["age"] = pd.to_numeric(both["age"], errors="coerce")
both = pd.get_dummies(both, columns=["clinic", "found_by", "stain"], dtype=float)
both = both.fillna(both.median())
both.columns = [f"x{i}" for i in range(both.shape[1])]
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_CLEANED = """\
y = (train["diagnosis"] == "malignant").astype(int)
both = pd.concat([train.drop(columns=["diagnosis"]), test]).drop(columns=["sample_id"])
both["age"] = both["age"].str.extract(r"(\\d+)", expand=False).astype(float)
both["clinic"] = both["clinic"].str.strip().str.lower()
measures = both.drop(columns=["age", "clinic", "found_by", "stain"]).columns
both[measures] = np.log(both[measures].mask(both[measures] == 999.0) + 1e-6)
middles = both.groupby("clinic")[list(measures)].transform("median")
spread = (both[measures] - middles).abs().median()
both[measures] = ((both[measures] - middles) / spread).mask((both[measures] - middles).abs() > 8 * spread)
both = pd.get_dummies(both, columns=["clinic", "found_by", "stain"], dtype=float)
both = both.fillna(both.median())
both.columns = [f"x{i}" for i in range(both.shape[1])]
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

TUMOURS = Bank(
    task="tumours",
    target="diagnosis",
    id="sample_id",
    features={"numbers": _NUMBERS, "numbers and words": _WORDS, "cleaned": _CLEANED},
    models={
        "chance": (
            "from sklearn.dummy import DummyClassifier\n\n"
            "model = DummyClassifier(strategy='stratified', random_state=0)\n"
        ),
        "shallow tree": (
            "from sklearn.tree import DecisionTreeClassifier\n\n"
            "model = DecisionTreeClassifier(max_depth=2, random_state=0)\n"
        ),
        "logistic regression": (
            "from sklearn.linear_model import LogisticRegression\nfrom sklearn.pipeline import make_pipeline\n"
            "from sklearn.preprocessing import StandardScaler\n\n"
            "model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))\n"
        ),
        "random forest": (
            "from sklearn.ensemble import RandomForestClassifier\n\n"
            "model = RandomForestClassifier(n_estimators=80, min_samples_leaf=3, random_state=0)\n"
        ),
        "boosting": (
            "from sklearn.ensemble import HistGradientBoostingClassifier\n\n"
            "model = HistGradientBoostingClassifier(max_iter=60, random_state=0)\n"
        ),
        "tuned boosting": (
            "from sklearn.ensemble import HistGradientBoostingClassifier\n\n"
            "model = HistGradientBoostingClassifier(max_iter=120, learning_rate=0.05, max_leaf_nodes=6,"
            " l2_regularization=5.0, random_state=0)\n"
        ),
        "blend of two": (
            "from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier\n"
            "from sklearn.linear_model import LogisticRegression\n\n"
            "boosting = HistGradientBoostingClassifier(max_iter=120, learning_rate=0.05, max_leaf_nodes=6,"
            " l2_regularization=5.0, random_state=0)\n"
            "model = VotingClassifier([('boosting', boosting), ('linear', LogisticRegression(C=0.02, max_iter=300))],"
            " voting='soft')\n"
        ),
    },
    levels=(
        Level("numbers", "chance"),
        Level("numbers and words", "logistic regression"),
        Level("numbers", "shallow tree"),
        Level("numbers", "random forest"),
        Level("numbers and words", "boosting"),
        Level("numbers and words", "tuned boosting"),
        Level("cleaned", "tuned boosting"),
        Level("cleaned", "blend of two"),
        Level("cleaned", "random forest"),
    ),
    predict="""\
chances = model.predict_proba(X_test)[:, 1]
submission = pd.DataFrame({"sample_id": test["sample_id"], "diagnosis": chances})
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
