# mypy: ignore-errors
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin, clone
from sklearn.linear_model import Lasso, ElasticNet
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler

class Ratios(BaseEstimator, TransformerMixin):
    def __init__(self, eps=1e-6):
        self.eps = eps
    def fit(self, X, y=None):
        self.medians_ = X.median()
        return self
    def transform(self, X):
        X = X.fillna(self.medians_).copy()
        X["ratio"] = X["GrLivArea"] / (X["LotArea"] + self.eps)
        return X

class Average(BaseEstimator, RegressorMixin):
    def __init__(self, models):
        self.models = models
    def fit(self, X, y):
        self.fitted_ = [clone(m).fit(X, y) for m in self.models]
        return self
    def predict(self, X):
        return np.column_stack([m.predict(X) for m in self.fitted_]).mean(axis=1)

TRAIN, TEST = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
cols = ["LotArea", "GrLivArea", "YearBuilt"]
model = make_pipeline(Ratios(), RobustScaler(), Average([Lasso(1.0), ElasticNet(1.0)]))
model.fit(TRAIN[cols], TRAIN["SalePrice"])
TEST["SalePrice"] = model.predict(TEST[cols])
TEST[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
