# mypy: ignore-errors
import random
import pandas as pd

COUNT = 0
CACHE = None

def load():
    global CACHE, LATER
    if CACHE is None:
        CACHE = pd.read_csv("input/train.csv")
        LATER = len(CACHE)
    return CACHE

def step():
    global COUNT
    COUNT += 1
    return random.random()

step()
frame = load()
print(LATER, COUNT)
test = pd.read_csv("input/test.csv")
test["SalePrice"] = frame["SalePrice"].mean()
del frame
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
