# mypy: ignore-errors
"""A scikit-learn pipeline."""
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

train = pd.read_csv("./input/train.csv")
test = pd.read_csv("./input/test.csv")
y = np.log1p(train["SalePrice"])
X = train.drop(columns=["SalePrice", "Id"])
numeric = X.select_dtypes("number").columns
words = X.columns.difference(numeric)
prepare = ColumnTransformer([
    ("num", Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())]), numeric),
    ("cat", OneHotEncoder(handle_unknown="ignore"), words),
])
model = Pipeline([("prepare", prepare), ("ridge", Ridge(10))])
print(cross_val_score(model, X, y, cv=3, scoring="neg_root_mean_squared_error").mean())
model.fit(X, y)
pd.DataFrame({"Id": test["Id"], "SalePrice": np.expm1(model.predict(test[X.columns]))}).to_csv("./submission.csv", index=False)
