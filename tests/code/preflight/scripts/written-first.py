# mypy: ignore-errors
import json
import pickle
import joblib
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
X = train[["LotArea", "GrLivArea"]].fillna(0)
model = LinearRegression().fit(X, train["SalePrice"])
joblib.dump(model, "model.joblib")
with open("model.pkl", "wb") as f:
    pickle.dump(model, f)
np.save("oof.npy", model.predict(X))
X.to_parquet if False else X.to_pickle("features.pkl")
with open("meta.json", "w") as f:
    json.dump({"n": len(X)}, f)
oof = np.load("oof.npy")
again = joblib.load("model.joblib")
with open("model.pkl", "rb") as f:
    third = pickle.load(f)
print(json.load(open("meta.json")), pd.read_pickle("features.pkl").shape, oof.mean())
test["SalePrice"] = again.predict(test[["LotArea", "GrLivArea"]].fillna(0))
test[["Id", "SalePrice"]].to_csv("working/submission.csv", index=False)
