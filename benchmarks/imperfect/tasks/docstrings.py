"""The bank of `docstrings`: topics of torn texts."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_LENGTHS = """\
y = train["topic"]
X = train[["length"]].assign(letters=train["words"].str.len())
X_test = test[["length"]].assign(letters=test["words"].str.len())
"""

_COUNTS = """\
from sklearn.feature_extraction.text import CountVectorizer

y = train["topic"]
counter = CountVectorizer(min_df=4, binary=True)
X = pd.DataFrame(counter.fit_transform(train["words"]).toarray()).astype(np.float32).add_prefix("w")
X_test = pd.DataFrame(counter.transform(test["words"]).toarray()).astype(np.float32).add_prefix("w")
"""

_WEIGHTS = """\
from sklearn.feature_extraction.text import TfidfVectorizer

y = train["topic"]
weigher = TfidfVectorizer(min_df=2, sublinear_tf=True)
weigher.fit(pd.concat([train["words"], test["words"]]))
X = pd.DataFrame(weigher.transform(train["words"]).toarray()).astype(np.float32).add_prefix("w")
X_test = pd.DataFrame(weigher.transform(test["words"]).toarray()).astype(np.float32).add_prefix("w")
"""

_PIECES = """\
from sklearn.feature_extraction.text import TfidfVectorizer

y = train["topic"]
weigher = TfidfVectorizer(min_df=4, sublinear_tf=True, analyzer="char_wb", ngram_range=(3, 5), max_features=4000)
weigher.fit(pd.concat([train["words"], test["words"]]))
X = pd.DataFrame(weigher.transform(train["words"]).toarray()).astype(np.float32).add_prefix("w")
X_test = pd.DataFrame(weigher.transform(test["words"]).toarray()).astype(np.float32).add_prefix("w")
"""

DOCSTRINGS = Bank(
    task="docstrings",
    target="topic",
    id="text_id",
    features={"lengths": _LENGTHS, "counts": _COUNTS, "weights": _WEIGHTS, "pieces": _PIECES},
    models={
        "share": "from sklearn.dummy import DummyClassifier\n\nmodel = DummyClassifier(strategy='prior')\n",
        "shallow tree": (
            "from sklearn.tree import DecisionTreeClassifier\n\n"
            "model = DecisionTreeClassifier(max_depth=4, min_samples_leaf=20, random_state=0)\n"
        ),
        "random forest": (
            "from sklearn.ensemble import RandomForestClassifier\n\n"
            "model = RandomForestClassifier(n_estimators=80, min_samples_leaf=2, random_state=0)\n"
        ),
        "naive bayes": "from sklearn.naive_bayes import MultinomialNB\n\nmodel = MultinomialNB(alpha=0.5)\n",
        "cautious bayes": "from sklearn.naive_bayes import MultinomialNB\n\nmodel = MultinomialNB(alpha=0.15)\n",
        "logistic regression": (
            "from sklearn.linear_model import LogisticRegression\n\nmodel = LogisticRegression(max_iter=200)\n"
        ),
        "bold logistic regression": (
            "from sklearn.linear_model import LogisticRegression\n\nmodel = LogisticRegression(C=5.0, max_iter=200)\n"
        ),
        "blend of two": (
            "from sklearn.ensemble import VotingClassifier\nfrom sklearn.linear_model import LogisticRegression\n"
            "from sklearn.naive_bayes import MultinomialNB\n\n"
            "linear = LogisticRegression(C=5.0, max_iter=200)\n"
            "model = VotingClassifier([('linear', linear), ('bayes', MultinomialNB(alpha=0.15))], voting='soft')\n"
        ),
    },
    levels=(
        Level("lengths", "shallow tree"),
        Level("counts", "shallow tree"),
        Level("lengths", "share"),
        Level("weights", "logistic regression"),
        Level("counts", "random forest"),
        Level("counts", "logistic regression"),
        Level("weights", "bold logistic regression"),
        Level("pieces", "blend of two"),
        Level("weights", "blend of two"),
    ),
    predict="""\
chances = pd.DataFrame(model.predict_proba(X_test), columns=[str(c) for c in model.classes_])
submission = pd.concat([test[["text_id"]], chances], axis=1)
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
