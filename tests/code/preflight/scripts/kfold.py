# mypy: ignore-errors
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import KFold
SEED, FOLDS = 42, 3
np.random.seed(SEED)
train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
features = [c for c in test.select_dtypes(include=[np.number]).columns if c not in ["Id"]]
X, y = train[features], np.log1p(train["SalePrice"])
oof, predictions = np.zeros(len(train)), np.zeros(len(test))
for fold, (tr_idx, va_idx) in enumerate(KFold(FOLDS, shuffle=True, random_state=SEED).split(X)):
    model = HistGradientBoostingRegressor(max_iter=20, random_state=SEED + fold)
    model.fit(X.iloc[tr_idx], y.iloc[tr_idx])
    oof[va_idx] = model.predict(X.iloc[va_idx])
    predictions += model.predict(test[features]) / FOLDS
    print(f"fold {fold}: {mean_squared_error(y.iloc[va_idx], oof[va_idx]) ** 0.5:.4f}")
submission = pd.DataFrame({"Id": test["Id"], "SalePrice": np.expm1(predictions)})
submission.to_csv("./submission.csv", index=False)
