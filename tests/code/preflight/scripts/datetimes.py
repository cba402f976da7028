# mypy: ignore-errors
import datetime as dt
import itertools as it
import math
import operator
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache, partial, reduce
from typing import NamedTuple
import numpy.random as npr
import pandas as pd

class Kind(Enum):
    LOW = auto()
    HIGH = auto()

class Row(NamedTuple):
    id: int
    price: float = 0.0

@lru_cache(maxsize=None)
def depth(n: int) -> int:
    return 1 if n < 2 else depth(n - 1) + depth(n - 2)

rng = npr.default_rng(0)
print(dt.date.today() - timedelta(1) < datetime.now().date(), Kind.LOW, depth(9), rng.normal(), Decimal("1.5"))
print(reduce(operator.mul, it.chain([1], [2])), partial(math.pow, 2)(3))
train = pd.read_csv("input/train.csv", sep=",", na_values=["NA", "?"])
test = pd.read_csv(filepath_or_buffer="input/test.csv")
rows = [Row(i, train["SalePrice"].mean()) for i in test["Id"]]
pd.DataFrame(rows).set_axis(["Id", "SalePrice"], axis=1).to_csv(path_or_buf="submission.csv", index=False)
