import pandas as pd
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import QuantileTransformer

old = pd.read_csv("input/train.csv")
new = pd.read_csv("input/test.csv")
sheet = pd.read_csv("input/sample_submission.csv")
aim = [n for n in old.columns if n not in new.columns][0]
fill = [n for n in sheet.columns if n not in new.columns]
axes = [n for n in new.select_dtypes("number").columns if n in old.columns and n not in sheet.columns]
if not axes:
    old["length"] = old.iloc[:, 0].astype(str).str.len()
    new["length"] = new[old.columns[0]].astype(str).str.len()
    axes = ["length"]
middle = old[axes].median()
spread = QuantileTransformer(n_quantiles=50).fit(old[axes].fillna(middle))
near, far = (spread.transform(t[axes].fillna(middle)) for t in (old, new))
few = old[aim].nunique() <= 20
judge = (KNeighborsClassifier if few else KNeighborsRegressor)(n_neighbors=15, weights="distance")
judge.fit(near[::2], old[aim][::2])
print("score on the other half:", judge.score(near[1::2], old[aim][1::2]))
judge.fit(near, old[aim])
if few and not (len(fill) == 1 and sheet[fill[0]].iloc[0] in set(old[aim])):
    sheet[fill] = judge.predict_proba(far)[:, -len(fill) :]
else:
    sheet[fill[0]] = judge.predict(far)
sheet.to_csv("submission.csv", index=False)
