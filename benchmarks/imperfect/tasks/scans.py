"""The bank of `scans`: 144 pixels to clean, from their noisy neighbours or from all of the scan."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_PIXELS = """\
clean = [column for column in train.columns if column.startswith("c")]
noisy = [column for column in train.columns if column.startswith("n")]
y = pd.concat([train["c0000"], train[clean[1:]]], axis=1)
X = train[noisy]
X_test = test[noisy]
"""

_WINDOWS = """\
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression


class Windows:
    def __init__(self, model, reach, summed=False):
        self.model, self.reach, self.summed = model, reach, summed

    def cut(self, X):
        scans = X.to_numpy(float).reshape(len(X), 12, 12)
        wide = np.pad(scans, ((0, 0), (self.reach, self.reach), (self.reach, self.reach)), mode="reflect")
        span = range(2 * self.reach + 1)
        seen = [wide[:, i : i + 12, j : j + 12] for i in span for j in span]
        if self.summed:
            seen += [np.broadcast_to(scans.mean(axis=axis, keepdims=True), scans.shape) for axis in (1, 2)]
            low = np.quantile(scans, [0.1, 0.5, 0.9], axis=(1, 2))
            seen += [np.broadcast_to(one[:, None, None], scans.shape) for one in low]
        return np.stack([one.reshape(-1) for one in seen], axis=1)

    def fit(self, X, y):
        self.model.fit(self.cut(X), y.to_numpy(float).reshape(-1))
        return self

    def predict(self, X):
        return self.model.predict(self.cut(X)).reshape(len(X), 144)

    def score(self, X, y):
        wrong = self.predict(X) - y.to_numpy(float)
        return -float(np.sqrt((wrong**2).mean(axis=0)).mean())


"""


def _windows(model: str, reach: int, more: str = "") -> str:
    return f"{_WINDOWS}model = Windows({model}, {reach}{more})\n"


SCANS = Bank(
    task="scans",
    target="c0000",
    id="scan_id",
    features={"pixels": _PIXELS},
    models={
        "deep tree": (
            "from sklearn.tree import DecisionTreeRegressor\n\nmodel = DecisionTreeRegressor(random_state=0)\n"
        ),
        "neighbours": (
            "from sklearn.neighbors import KNeighborsRegressor\n\nmodel = KNeighborsRegressor(n_neighbors=5)\n"
        ),
        "many neighbours": (
            "from sklearn.neighbors import KNeighborsRegressor\n\nmodel = KNeighborsRegressor(n_neighbors=25)\n"
        ),
        "trees": (
            "from sklearn.ensemble import ExtraTreesRegressor\n\n"
            "model = ExtraTreesRegressor(n_estimators=30, min_samples_leaf=3, random_state=0)\n"
        ),
        "pixel by itself": _windows("LinearRegression()", 0),
        "weak ridge": "from sklearn.linear_model import Ridge\n\nmodel = Ridge(1.0)\n",
        "ridge": "from sklearn.linear_model import Ridge\n\nmodel = Ridge(200000.0)\n",
        "linear windows": _windows("LinearRegression()", 1),
        "boosted windows": _windows("HistGradientBoostingRegressor(max_iter=60, random_state=0)", 1),
        "wide boosted windows": _windows(
            "HistGradientBoostingRegressor(max_iter=80, learning_rate=0.15, random_state=0)", 2, ", summed=True"
        ),
    },
    levels=(
        Level("pixels", "deep tree"),
        Level("pixels", "neighbours"),
        Level("pixels", "trees"),
        Level("pixels", "many neighbours"),
        Level("pixels", "pixel by itself"),
        Level("pixels", "weak ridge"),
        Level("pixels", "ridge"),
        Level("pixels", "linear windows"),
        Level("pixels", "boosted windows"),
        Level("pixels", "wide boosted windows"),
    ),
    predict="""\
cleaned = np.clip(model.predict(X_test), 0, 99)
clean = [column.replace("n", "c") for column in X.columns]
submission = pd.DataFrame(cleaned, columns=clean)
submission.insert(0, "scan_id", test["scan_id"].to_numpy())
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
