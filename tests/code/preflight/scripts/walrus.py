# mypy: ignore-errors
import re
import pandas as pd
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
if (n := len(train)) > 10:
    print(n)
lengths = [size for s in train["Street"] if (size := len(str(s))) > 2]
print(size, sum(lengths))
lines = iter(["a1", "b2", ""])
while (line := next(lines)):
    if m := re.match(r"([a-z])(\d)", line):
        print(m.group(1))
test["SalePrice"] = train["SalePrice"].mean()
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
