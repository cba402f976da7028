"""The bank of `remarks`: five labels of one short text, whose words are misspelt here and there."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_LABELS = """\
y = pd.DataFrame(
    {
        "late": train["late"],
        "damaged": train["damaged"],
        "rude": train["rude"],
        "lost": train["lost"],
        "price": train["price"],
    }
)
"""
_TABLE = """\
X = pd.DataFrame(vectors.fit_transform(train["remark"]).toarray())
X_test = pd.DataFrame(vectors.transform(test["remark"]).toarray())
X.columns = X_test.columns = [f"x{i}" for i in range(X.shape[1])]
"""
_STARS = """\
X["stars"] = train["stars"] / 5
X_test["stars"] = test["stars"] / 5
"""


def _texts(vectors: str, more: str = "") -> str:
    kind = vectors.partition("(")[0]
    return (
        f"from sklearn.feature_extraction.text import {kind}\n\n{_LABELS}vectors = {vectors}\n"
        f'vectors.fit(pd.concat([train["remark"], test["remark"]]))\n{_TABLE}{more}'
    )


def _each(model: str, module: str) -> str:
    name = model.partition("(")[0]
    return (
        f"from sklearn.{module} import {name}\nfrom sklearn.multioutput import MultiOutputClassifier\n\n"
        f"model = MultiOutputClassifier({model})\n"
    )


REMARKS = Bank(
    task="remarks",
    target="late",
    id="remark_id",
    features={
        "few words": _texts("CountVectorizer(max_features=60, binary=True)"),
        "words": _texts("TfidfVectorizer(min_df=3, sublinear_tf=True)"),
        "words and stars": _texts("TfidfVectorizer(min_df=3, sublinear_tf=True)", _STARS),
        "letters and stars": _texts(
            'TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=20, sublinear_tf=True)', _STARS
        ),
    },
    models={
        "deep trees": _each("DecisionTreeClassifier(random_state=0)", "tree"),
        "shallow trees": _each("DecisionTreeClassifier(max_depth=4, random_state=0)", "tree"),
        "naive Bayes": _each("BernoulliNB()", "naive_bayes"),
        "random forests": _each(
            "RandomForestClassifier(n_estimators=60, min_samples_leaf=2, random_state=0)", "ensemble"
        ),
        "logistic regressions": _each("LogisticRegression(C=1.0, max_iter=500)", "linear_model"),
        "weak penalty": _each("LogisticRegression(C=4.0, max_iter=500)", "linear_model"),
    },
    levels=(
        Level("few words", "deep trees"),
        Level("few words", "shallow trees"),
        Level("words", "deep trees"),
        Level("few words", "logistic regressions"),
        Level("few words", "random forests"),
        Level("words", "random forests"),
        Level("words", "logistic regressions"),
        Level("words and stars", "logistic regressions"),
        Level("letters and stars", "weak penalty"),
    ),
    predict="""\
chances = np.column_stack([own[:, 1] for own in model.predict_proba(X_test)])
labels = ["late", "damaged", "rude", "lost", "price"]
submission = pd.DataFrame(chances, columns=labels)
submission.insert(0, "remark_id", test["remark_id"].to_numpy())
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
