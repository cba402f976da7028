# mypy: ignore-errors
import pandas as pd
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")

class Table:
    names = ["LotArea", "GrLivArea"]
    pairs = [(a, b) for a in names for b in ("x", "y")]
    lookup = {n: i for i, n in enumerate(names)}

    def total(self, frame):
        return sum(frame[n].sum() for n in self.names)

squares = {k: v for k, v in ((i, i * i) for i in range(4))}
flat = [y for row in [[1, 2], [3]] for y in row if y > 1]
f = lambda a, *rest, b=2, **more: (a, rest, b, more)
print(Table().total(train), Table.pairs, squares, flat, f(1))
test["SalePrice"] = train["SalePrice"].mean()
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
