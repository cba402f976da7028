"""A support vector machine with a radial kernel, 5-fold.

The prediction for the test rows is the mean over the models of all folds.
"""

# recipe: {"members":[{"family":"svm","params":{}}],"impute":false,"scale":"quantile","categories":"onehot","seed":677}

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer
from sklearn.svm import SVC

TARGET = "diagnosis"
ID = "sample_id"
CLASSES = ["benign", "malignant"]
CATEGORICAL = ["clinic", "found_by", "stain"]
UNTIDY = ["age"]
FOLDS = 5
SEED = 677


def read_tables():
    """Read the labelled rows and the rows to predict."""
    train = pd.read_csv("input/train.csv", dtype={TARGET: str, ID: str})
    test = pd.read_csv("input/test.csv", dtype={ID: str})
    return train, test


def make_features(table):
    """Turn a raw table into model inputs: numbers freed of stray text."""
    inputs = table.drop(columns=[TARGET, ID], errors="ignore")
    for name in UNTIDY:
        text = inputs[name].astype("string").str.replace(",", "", regex=False)
        number = text.str.extract(r"([-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)", expand=False)
        inputs[name] = pd.to_numeric(number, errors="coerce").astype(float)
    for name in CATEGORICAL:
        inputs[name] = inputs[name].astype("string").fillna("missing").astype(object)
    return inputs


def scaled_inputs():
    """Prepare inputs for models that compare distances or add up effects."""
    return make_column_transformer(
        (OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=3), CATEGORICAL),
        remainder=QuantileTransformer(n_quantiles=200, output_distribution="normal", random_state=SEED),
    )


def build_svm(seed):
    """Return a support vector machine with a radial kernel, ready to be fitted."""
    return make_pipeline(
        scaled_inputs(),
        CalibratedClassifierCV(SVC(C=3.0, gamma="scale"), ensemble=False, cv=3),
    )


def score(y, predicted):
    """Return the roc auc of predictions; higher is better."""
    return roc_auc_score(y, predicted[:, 1])


def predict(model, X):
    """Return class probabilities, one column a class: zero for a class that the fold lacked."""
    probabilities = np.zeros((len(X), len(CLASSES)))
    probabilities[:, model.classes_] = model.predict_proba(X)
    return probabilities


def cross_validate(build, X, y, X_test):
    """Fit on each fold; return out-of-fold predictions and the mean prediction for the test rows."""
    oof = np.zeros((len(X), len(CLASSES)))
    test = np.zeros((len(X_test), len(CLASSES)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for fold, (fit, valid) in enumerate(folds.split(X, y), 1):
        model = build(SEED + fold)
        model.fit(X.iloc[fit], y[fit])
        guess = predict(model, X.iloc[valid])
        oof[valid] = guess
        test += predict(model, X_test) / FOLDS
        print(f"  fold {fold}: {score(y[valid], guess):.5f}", flush=True)
    return oof, test


def main():
    """Cross-validate, predict the test rows and write the submission."""
    train, test_table = read_tables()
    codes_of = {label: code for code, label in enumerate(CLASSES)}
    y = train[TARGET].map(codes_of).to_numpy(int)
    X = make_features(train)
    X_test = make_features(test_table)[X.columns]
    print(f"{len(X)} training rows, {len(X_test)} test rows, {X.shape[1]} inputs")
    oof, test = cross_validate(build_svm, X, y, X_test)
    print(f"cross-validated roc auc: {score(y, oof):.5f}")
    submission = pd.DataFrame({ID: test_table[ID]})
    submission["diagnosis"] = test[:, 1]
    submission.to_csv("submission.csv", index=False)


if __name__ == "__main__":
    main()
