# mypy: ignore-errors
import sys
import traceback
import pandas as pd

class DataError(Exception):
    pass

def run():
    try:
        train = pd.read_csv("input/train.csv")
        if train.empty:
            raise DataError("empty")
    except DataError as problem:
        print(problem)
        sys.exit(1)
    except Exception as problem:
        traceback.print_exc()
        raise RuntimeError("reading") from problem
    else:
        mean = train["SalePrice"].mean()
    finally:
        print("read")
    return mean

test = pd.read_csv("input/test.csv")
test["SalePrice"] = run()
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
