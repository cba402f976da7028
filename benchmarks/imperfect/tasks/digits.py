"""The bank of `digits`: class probabilities of small images."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_PIXELS = """\
y = train["digit"]
X = train.drop(columns=["image_id", "digit"]) / 99.0
X_test = test.drop(columns=["image_id"]) / 99.0
"""

_CENTRED = """\
def centred(pixels):
    images = pixels.to_numpy(dtype=float).reshape(-1, 10, 10) / 99.0
    images = np.clip(images - np.quantile(images, 0.4, axis=(1, 2), keepdims=True), 0.0, None)
    images = images / images.max(axis=(1, 2), keepdims=True)
    mass = images.sum(axis=(1, 2))
    grid = np.arange(10)
    down = np.rint(4.5 - (images.sum(axis=2) * grid).sum(axis=1) / mass).astype(int)
    right = np.rint(4.5 - (images.sum(axis=1) * grid).sum(axis=1) / mass).astype(int)
    moved = [np.roll(image, (d, r), axis=(0, 1)) for image, d, r in zip(images, down, right)]
    return pd.DataFrame(np.stack(moved).reshape(len(pixels), -1)).add_prefix("c")


y = train["digit"]
X = centred(train.drop(columns=["image_id", "digit"]))
X_test = centred(test.drop(columns=["image_id"]))
"""

DIGITS = Bank(
    task="digits",
    target="digit",
    id="image_id",
    features={"pixels": _PIXELS, "centred pixels": _CENTRED},
    models={
        "stump": (
            "from sklearn.tree import DecisionTreeClassifier\n\n"
            "model = DecisionTreeClassifier(max_depth=1, random_state=0)\n"
        ),
        "shallow tree": (
            "from sklearn.tree import DecisionTreeClassifier\n\n"
            "model = DecisionTreeClassifier(max_depth=3, min_samples_leaf=60, random_state=0)\n"
        ),
        "nearest neighbours": (
            "from sklearn.neighbors import KNeighborsClassifier\n\nmodel = KNeighborsClassifier(n_neighbors=60)\n"
        ),
        "random forest": (
            "from sklearn.ensemble import RandomForestClassifier\n\n"
            "model = RandomForestClassifier(n_estimators=80, min_samples_leaf=3, random_state=0)\n"
        ),
        "logistic regression": (
            "from sklearn.linear_model import LogisticRegression\n\nmodel = LogisticRegression(C=0.3, max_iter=300)\n"
        ),
        "extra trees": (
            "from sklearn.ensemble import ExtraTreesClassifier\n\n"
            "model = ExtraTreesClassifier(n_estimators=200, random_state=0)\n"
        ),
        "small network": (
            "from sklearn.neural_network import MLPClassifier\n\n"
            "model = MLPClassifier((64,), alpha=1.0, max_iter=60, random_state=0)\n"
        ),
        "blend of two": (
            "from sklearn.ensemble import ExtraTreesClassifier, VotingClassifier\n"
            "from sklearn.neural_network import MLPClassifier\n\n"
            "network = MLPClassifier((96,), alpha=0.3, max_iter=60, random_state=0)\n"
            "trees = ExtraTreesClassifier(n_estimators=100, random_state=0)\n"
            "model = VotingClassifier([('network', network), ('trees', trees)], voting='soft', weights=[3, 1])\n"
        ),
    },
    levels=(
        Level("pixels", "stump"),
        Level("pixels", "shallow tree"),
        Level("pixels", "random forest"),
        Level("pixels", "extra trees"),
        Level("pixels", "nearest neighbours"),
        Level("pixels", "logistic regression"),
        Level("centred pixels", "extra trees"),
        Level("centred pixels", "small network"),
        Level("centred pixels", "blend of two"),
    ),
    predict="""\
chances = pd.DataFrame(model.predict_proba(X_test), columns=[str(c) for c in model.classes_])
submission = pd.concat([test[["image_id"]], chances], axis=1)
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
