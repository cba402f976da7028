import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

a = pd.read_csv("input/train.csv")
b = pd.read_csv("input/test.csv")
form = pd.read_csv("input/sample_submission.csv")
goal_name = (set(a.columns) - set(b.columns)).pop()
blanks = list(form.columns.difference(b.columns, sort=False))
used = [k for k in a.columns if k in b.columns and k not in form.columns]
parts = []
for frame in (a, b):
    coded = {}
    for k in used:
        if a[k].dtype.kind in "biuf":
            coded[k] = frame[k].fillna(a[k].median())
        else:
            order = {text: place for place, text in enumerate(a[k].value_counts().index)}
            coded[k] = frame[k].map(order).fillna(-1)
    parts.append(pd.DataFrame(coded))
truth = a[goal_name]
kind = ExtraTreesRegressor if truth.nunique() > 20 else ExtraTreesClassifier
forest = kind(n_estimators=120, min_samples_leaf=2, bootstrap=True, oob_score=True, random_state=1)
forest.fit(parts[0], truth)
print("out-of-bag score", round(forest.oob_score_, 4))
if kind is ExtraTreesRegressor or (len(blanks) == 1 and form[blanks[0]].iloc[0] in set(truth)):
    form[blanks[0]] = forest.predict(parts[1])
else:
    votes = forest.predict_proba(parts[1])
    form[blanks] = votes[:, -len(blanks) :]
form.to_csv("submission.csv", index=False)
