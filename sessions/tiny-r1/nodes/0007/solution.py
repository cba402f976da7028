import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
out = pd.read_csv("input/sample_submission.csv")
wanted = [c for c in out.columns if c not in test.columns]
target = [c for c in train.columns if c not in test.columns][0]
shared = [c for c in test.columns if c in train.columns and c not in out.columns]
numbers = [c for c in shared if pd.api.types.is_numeric_dtype(train[c])]
words = [c for c in shared if c not in numbers]
prepare = make_column_transformer(
    (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
    (OneHotEncoder(handle_unknown="ignore", max_categories=40), words),
)
y = train[target]
classes = y.nunique() <= 20
model = make_pipeline(prepare, LogisticRegression(max_iter=300) if classes else Ridge())
print("folds:", cross_val_score(model, train[shared], y, cv=3))
model.fit(train[shared], y)
if classes and (len(wanted) > 1 or out[wanted[0]].iloc[0] not in set(y)):
    chances = model.predict_proba(test[shared])
    out[wanted] = chances if len(wanted) > 1 else chances[:, -1:]
else:
    guess = model.predict(test[shared])
    out[wanted[0]] = guess if classes else guess.clip(y.min(), y.max())
out.to_csv("submission.csv", index=False)
print("wrote", len(out), "rows")
