# mypy: ignore-errors
import pandas as pd
attempt = 0
while True:
    attempt += 1
    try:
        train = pd.read_csv("input/train.csv")
        break
    except MemoryError:
        if attempt > 3:
            raise
def generator(frame):
    while True:
        for value in frame["SalePrice"]:
            yield value
values = generator(train)
test = pd.read_csv("input/test.csv")
test["SalePrice"] = [next(values) for _ in range(len(test))]
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
