# mypy: ignore-errors
import contextlib
import json
import pandas as pd
with contextlib.suppress(OSError):
    params = json.load(open("input/params.json"))

def best():
    try:
        with open("best_params.json") as f:
            return json.load(f)
    except (OSError, ValueError):
        return {}

def late():
    return pd.read_csv("input/never_called.csv")

print(best())
train = pd.read_csv("input/train.csv")
sub = pd.read_csv("input/sample_submission.csv")
sub["SalePrice"] = train["SalePrice"].mean()
sub.to_csv("submission.csv", index=False)
