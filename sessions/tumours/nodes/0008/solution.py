"""Blend of a random forest and a support vector machine with a radial kernel, 5-fold.

Every member predicts as the mean of its fold models; weights come from out-of-fold predictions.
"""

# recipe: {"members":[{"family":"forest","params":{}},{"family":"svm","params":{}}],"seed":661}

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC

TARGET = "diagnosis"
ID = "sample_id"
CLASSES = ["benign", "malignant"]
CATEGORICAL = ["clinic", "found_by", "stain"]
UNTIDY = ["age"]
FOLDS = 5
SEED = 661


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
        remainder=make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
    )


def tree_inputs():
    """Prepare inputs for trees: they need no scaling and take categories as numbers."""
    return make_column_transformer(
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), CATEGORICAL),
        remainder=SimpleImputer(strategy="median"),
    )


def build_forest(seed):
    """Return a random forest, ready to be fitted."""
    return make_pipeline(
        tree_inputs(),
        RandomForestClassifier(
            n_estimators=200, min_samples_leaf=2, max_features=0.4,
            n_jobs=2, random_state=seed,
        ),
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


def blend_weights(y, members, steps=20):
    """Add, step by step, the member that helps the blend most; return how often each was taken."""
    counts, total = np.zeros(len(members)), np.zeros_like(members[0])
    for step in range(1, steps + 1):
        pick = max(range(len(members)), key=lambda i: score(y, (total + members[i]) / step))
        counts[pick] += 1
        total = total + members[pick]
    return counts / steps


def main():
    """Cross-validate, predict the test rows and write the submission."""
    train, test_table = read_tables()
    codes_of = {label: code for code, label in enumerate(CLASSES)}
    y = train[TARGET].map(codes_of).to_numpy(int)
    X = make_features(train)
    X_test = make_features(test_table)[X.columns]
    print(f"{len(X)} training rows, {len(X_test)} test rows, {X.shape[1]} inputs")
    builders = [build_forest, build_svm]
    oofs, tests = [], []
    for build in builders:
        print(build.__name__)
        oof, test = cross_validate(build, X, y, X_test)
        oofs.append(oof)
        tests.append(test)
    weights = blend_weights(y, oofs)
    print("weights:", np.round(weights, 2))
    oof = sum(w * p for w, p in zip(weights, oofs))
    test = sum(w * p for w, p in zip(weights, tests))
    print(f"cross-validated roc auc: {score(y, oof):.5f}")
    submission = pd.DataFrame({ID: test_table[ID]})
    submission["diagnosis"] = test[:, 1]
    submission.to_csv("submission.csv", index=False)


if __name__ == "__main__":
    main()
