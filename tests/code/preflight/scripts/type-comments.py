# mypy: ignore-errors
from typing import Dict, List, Optional, Tuple
import pandas as pd

def means(frame, by):
    # type: (pd.DataFrame, str) -> Dict[str, float]
    result = {}  # type: Dict[str, float]
    for key, part in frame.groupby(by):
        result[key] = part["SalePrice"].mean()
    return result

def pick(table: Dict[str, float], key: Optional[str], default: float = 0.0) -> Tuple[float, bool]:
    value: "Undefined" = table.get(key)
    return (default, False) if value is None else (value, True)

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
table = means(train, "Neighborhood")
prices: List[float] = [pick(table, k, train["SalePrice"].mean())[0] for k in test["Neighborhood"]]
pd.DataFrame({"Id": test["Id"], "SalePrice": prices}).to_csv("submission.csv", index=False)
