# mypy: ignore-errors
import sys
def main():
    import numpy as np
    import pandas as pd
    from scipy import optimize, stats
    from sklearn import linear_model, metrics, preprocessing
    train = pd.read_csv("input/train.csv")
    test = pd.read_csv("input/test.csv")
    x = preprocessing.StandardScaler().fit_transform(train[["GrLivArea"]].fillna(0))
    fit = stats.linregress(x[:, 0], train["SalePrice"])
    best = optimize.minimize_scalar(lambda s: np.square(train["SalePrice"] - s).mean())
    model = linear_model.HuberRegressor().fit(x, train["SalePrice"])
    print(fit.slope, best.x, metrics.mean_absolute_error(train["SalePrice"], model.predict(x)), sys.version_info[:2])
    test["SalePrice"] = train["SalePrice"].median()
    test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
main()
