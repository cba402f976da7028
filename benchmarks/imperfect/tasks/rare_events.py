"""The bank of `rare-events`: few positives to be ranked, from mixed columns."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_NUMBERS = """\
y = train["disputed"]
X = train.drop(columns=["payment_id", "disputed"]).select_dtypes("number")
middles = X.median()
X_test = test[X.columns].fillna(middles)
X = X.fillna(middles)
"""

_WORDS = """\
y = train["disputed"]
both = pd.concat([train.drop(columns=["disputed"]), test]).drop(columns=["payment_id", "created_at"])
words = ["channel", "goods", "buyer_country", "card_country", "postal_area", "mail_provider", "express", "newsletter"]
both = pd.get_dummies(both, columns=words, dtype=float)
both = both.fillna(both.median())
both.columns = [f"x{i}" for i in range(both.shape[1])]
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_RATIOS = """\
y = train["disputed"]
both = pd.concat([train.drop(columns=["disputed"]), test]).drop(columns=["payment_id"])
hour = pd.to_datetime(both.pop("created_at")).dt.hour
both["ratio"] = np.log(both["amount"] / both["typical_amount"]).fillna(0.0)
both["log_amount"] = np.log(both["amount"])
both["abroad"] = (both["buyer_country"] != both["card_country"]).astype(float)
both["night"] = ((hour < 5) | (hour >= 23)).astype(float)
both["new"] = (both["account_age_days"] < 30).astype(float)
both = both.drop(columns=["postal_area", "buyer_country", "card_country"])
both = pd.get_dummies(both, columns=["channel", "goods", "mail_provider", "express", "newsletter"], dtype=float)
both = both.fillna(both.median())
both.columns = [f"x{i}" for i in range(both.shape[1])]
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
"""

_SCALED = (
    "from sklearn.linear_model import LogisticRegression\nfrom sklearn.pipeline import make_pipeline\n"
    "from sklearn.preprocessing import StandardScaler\n\n"
)
_BOOSTING = "from sklearn.ensemble import HistGradientBoostingClassifier\n"

RARE_EVENTS = Bank(
    task="rare-events",
    target="disputed",
    id="payment_id",
    features={"numbers": _NUMBERS, "numbers and words": _WORDS, "ratios": _RATIOS},
    models={
        "shallow tree": (
            "from sklearn.tree import DecisionTreeClassifier\n\n"
            "model = DecisionTreeClassifier(max_depth=2, random_state=0)\n"
        ),
        "deep tree": (
            "from sklearn.tree import DecisionTreeClassifier\n\n"
            "model = DecisionTreeClassifier(min_samples_leaf=3, random_state=0)\n"
        ),
        "logistic regression": f"{_SCALED}model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))\n",
        "random forest": (
            "from sklearn.ensemble import RandomForestClassifier\n\n"
            "model = RandomForestClassifier(n_estimators=100, min_samples_leaf=5, random_state=0)\n"
        ),
        "boosting": f"{_BOOSTING}\nmodel = HistGradientBoostingClassifier(max_iter=60, random_state=0)\n",
        "tuned boosting": (
            f"{_BOOSTING}\nmodel = HistGradientBoostingClassifier(max_iter=150, learning_rate=0.04, max_leaf_nodes=8,"
            " l2_regularization=5.0, random_state=0)\n"
        ),
        "blend of two": (
            f"{_BOOSTING}from sklearn.ensemble import VotingClassifier\n{_SCALED}"
            "linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=300))\n"
            "boosting = HistGradientBoostingClassifier(max_iter=150, learning_rate=0.04, max_leaf_nodes=8,"
            " l2_regularization=5.0, random_state=0)\n"
            "model = VotingClassifier([('linear', linear), ('boosting', boosting)], voting='soft', weights=[3, 1])\n"
        ),
    },
    levels=(
        Level("numbers", "deep tree"),
        Level("numbers", "shallow tree"),
        Level("numbers", "random forest"),
        Level("numbers and words", "logistic regression"),
        Level("numbers and words", "boosting"),
        Level("numbers and words", "tuned boosting"),
        Level("ratios", "tuned boosting"),
        Level("ratios", "blend of two"),
        Level("ratios", "logistic regression"),
    ),
    predict="""\
chances = model.predict_proba(X_test)[:, 1]
submission = pd.DataFrame({"payment_id": test["payment_id"], "disputed": chances})
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
