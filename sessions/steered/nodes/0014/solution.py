import numpy as np
import pandas as pd

train = pd.read_csv("./input/train.csv")
test = pd.read_csv("./input/test.csv")
print("rows:", len(train), "to learn from,", len(test), "to predict")

y = train["energy_kwh"]
both = pd.get_dummies(pd.concat([train.drop(columns=["energy_kwh"]), test]), columns=["kiln"], dtype=float)
both = both.drop(columns=["firing_id"])
X = both.iloc[: len(train)]
X_test = both.iloc[len(train) :]
print("features: numbers and kilns")

from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor

boosting = HistGradientBoostingRegressor(max_iter=250, learning_rate=0.06, max_leaf_nodes=7, l2_regularization=1.0, random_state=0)
model = TransformedTargetRegressor(boosting, func=np.log1p, inverse_func=np.expm1)
print("model: tuned boosting on logs")

from sklearn.model_selection import train_test_split

fit_X, val_X, fit_y, val_y = train_test_split(X, y, test_size=0.2, random_state=0)
model.fit(fit_X, fit_y)
print("validation score:", float(np.round(model.score(val_X, val_y), 4)))
model.fit(X, y)

energy = np.clip(model.predict(X_test), 0.0, None)
submission = pd.DataFrame({"firing_id": test["firing_id"], "energy_kwh": energy})
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
