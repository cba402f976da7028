import numpy as np
import pandas as pd

train = pd.read_csv("./input/train.csv")
test = pd.read_csv("./input/test_features.csv")
print("rows:", len(train), "to learn from,", len(test), "to predict")

y = train["energy_kwh"]
X = train.drop(columns=["firing_id", "energy_kwh", "kiln"])
X_test = test.drop(columns=["firing_id", "kiln"])
print("features: numbers")

from sklearn.ensemble import RandomForestRegressor

model = RandomForestRegressor(n_estimators=40, max_features=0.5, random_state=0)
print("model: random forest")

from sklearn.model_selection import train_test_split

fit_X, val_X, fit_y, val_y = train_test_split(X, y, test_size=0.2, random_state=0)
model.fit(fit_X, fit_y)
print("validation score:", float(np.round(model.score(val_X, val_y), 4)))
model.fit(X, y)

energy = np.clip(model.predict(X_test), 0.0, None)
submission = pd.DataFrame({"firing_id": test["firing_id"], "energy_kwh": energy})
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
