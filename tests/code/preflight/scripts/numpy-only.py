# mypy: ignore-errors
import numpy as np
with open("input/train.csv") as f:
    header = f.readline().strip().split(",")
used = [header.index(c) for c in ("LotArea", "GrLivArea", "OverallQual")]
data = np.genfromtxt("input/train.csv", delimiter=",", skip_header=1, usecols=[*used, len(header) - 1])
ids = np.genfromtxt("input/test.csv", delimiter=",", skip_header=1, usecols=0, dtype=int)
new = np.genfromtxt("input/test.csv", delimiter=",", skip_header=1, usecols=used)
X, y = np.nan_to_num(data[:, :-1]), data[:, -1]
w = np.linalg.pinv(np.c_[X, np.ones(len(X))]) @ y
pred = np.c_[np.nan_to_num(new), np.ones(len(new))] @ w
np.savetxt("submission.csv", np.c_[ids, pred], delimiter=",", header="Id,SalePrice", comments="", fmt=["%d", "%.2f"])
