"""The bank of `tiles`: five kinds of small pictures, from their mean colour to what stands out from it."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_READ = """\
y = train["fault"]
held = np.load("./input/images.npz")
place = {number: at for at, number in enumerate(held["tile_id"].tolist())}
pictures = held["images"].astype(float) / 255.0
seen = pictures[[place[number] for number in train["tile_id"]]]
new = pictures[[place[number] for number in test["tile_id"]]]
"""

_TABLE = """\
X = pd.DataFrame(described(seen)).add_prefix("x")
X_test = pd.DataFrame(described(new)).add_prefix("x")
"""

_COLOURS = f"""\
{_READ}

def described(images):
    flat = images.reshape(len(images), -1, 3)
    return np.hstack([flat.mean(axis=1), flat.std(axis=1)])


{_TABLE}"""

_PIXELS = f"""\
{_READ}

def described(images):
    grey = images.mean(axis=3)
    return (grey - grey.mean(axis=(1, 2), keepdims=True)).reshape(len(images), -1)


{_TABLE}"""

_EXTREMES = f"""\
{_READ}

def described(images):
    grey = images.mean(axis=3).reshape(len(images), -1)
    grey = grey - np.median(grey, axis=1, keepdims=True)
    return np.quantile(grey, [0.0, 0.01, 0.03, 0.1, 0.25, 0.75, 0.9, 0.97, 0.99, 1.0], axis=1).T


{_TABLE}"""

_SHAPES = f"""\
{_READ}

def described(images):
    n = len(images)
    rows, columns = np.mgrid[0:20, 0:20]
    light = np.column_stack([np.ones(400), rows.ravel(), columns.ravel()])
    flat = images.mean(axis=3).reshape(n, -1)
    flat = flat - (light @ np.linalg.lstsq(light, flat.T, rcond=None)[0]).T
    grey = (flat - np.median(flat, axis=1, keepdims=True)).reshape(n, 20, 20)
    wide = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="edge")
    smooth = sum(wide[:, i : i + 20, j : j + 20] for i in range(3) for j in range(3)) / 9
    parts = []
    for image in (grey, smooth, grey - smooth):
        own = image.reshape(n, -1)
        parts.append(np.quantile(own, [0.0, 0.01, 0.03, 0.1, 0.9, 0.97, 0.99, 1.0], axis=1).T)
        parts.append(np.column_stack([own.std(axis=1), image[:, 3:-3, 3:-3].min(axis=(1, 2))]))
    for sign in (-1, 1):
        weight = np.clip(sign * smooth - 0.03, 0, None) + 1e-9
        weight = weight / weight.sum(axis=(1, 2), keepdims=True)
        at = [(weight * place).sum(axis=(1, 2)) for place in (rows, columns)]
        apart = [place[None] - middle[:, None, None] for place, middle in zip((rows, columns), at)]
        spread = [(weight * apart[i] * apart[j]).sum(axis=(1, 2)) for i, j in ((0, 0), (1, 1), (0, 1))]
        turn = np.sqrt((spread[0] - spread[1]) ** 2 + 4 * spread[2] ** 2)
        parts.append(np.column_stack([spread[0] + spread[1], turn, *(np.abs(one - 9.5) for one in at)]))
        parts.append(np.column_stack([(sign * smooth > level).sum(axis=(1, 2)) for level in (0.04, 0.08)]))
    return np.hstack(parts)


{_TABLE}"""

TILES = Bank(
    task="tiles",
    target="fault",
    id="tile_id",
    features={"colours": _COLOURS, "pixels": _PIXELS, "extremes": _EXTREMES, "shapes": _SHAPES},
    models={
        "shallow tree": (
            "from sklearn.tree import DecisionTreeClassifier\n\n"
            "model = DecisionTreeClassifier(max_depth=3, random_state=0)\n"
        ),
        "logistic regression": (
            "from sklearn.linear_model import LogisticRegression\nfrom sklearn.pipeline import make_pipeline\n"
            "from sklearn.preprocessing import StandardScaler\n\n"
            "model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=400))\n"
        ),
        "random forest": (
            "from sklearn.ensemble import RandomForestClassifier\n\n"
            "model = RandomForestClassifier(n_estimators=150, min_samples_leaf=2, random_state=0)\n"
        ),
        "extra trees": (
            "from sklearn.ensemble import ExtraTreesClassifier\n\n"
            "model = ExtraTreesClassifier(n_estimators=200, min_samples_leaf=2, random_state=0)\n"
        ),
        "blend of two": (
            "from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, VotingClassifier\n\n"
            "boosting = HistGradientBoostingClassifier(max_iter=30, learning_rate=0.12, max_leaf_nodes=8,"
            " l2_regularization=3.0, random_state=0)\n"
            "trees = ExtraTreesClassifier(n_estimators=200, min_samples_leaf=2, random_state=0)\n"
            "model = VotingClassifier([('boosting', boosting), ('trees', trees)], voting='soft')\n"
        ),
    },
    levels=(
        Level("pixels", "logistic regression"),
        Level("colours", "shallow tree"),
        Level("colours", "logistic regression"),
        Level("pixels", "random forest"),
        Level("extremes", "random forest"),
        Level("extremes", "logistic regression"),
        Level("shapes", "random forest"),
        Level("shapes", "extra trees"),
        Level("shapes", "blend of two"),
    ),
    predict="""\
chances = model.predict_proba(X_test)
submission = pd.DataFrame(chances, columns=model.classes_)
submission.insert(0, "tile_id", test["tile_id"].to_numpy())
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
