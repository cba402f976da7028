# mypy: ignore-errors
import functools
import time
import pandas as pd


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        nonlocal_calls = 0
        start = time.time()

        def tick():
            nonlocal nonlocal_calls
            nonlocal_calls += 1
            return nonlocal_calls
        result = function(*args, **kwargs)
        print(function.__name__, tick(), time.time() - start)
        return result
    return wrapper


def encoder(column):
    table = {}

    def fit(frame, target):
        table.update(frame.groupby(column)[target].mean())
        return transform

    def transform(frame, default):
        return frame[column].map(table).fillna(default)
    return fit


@timed
def main():
    train = pd.read_csv("input/train.csv")
    test = pd.read_csv("input/test.csv")
    transform = encoder("Neighborhood")(train, "SalePrice")
    result = test[["Id"]].assign(SalePrice=transform(test, train["SalePrice"].mean()))
    result.to_csv("submission.csv", index=False)


if __name__ == "__main__":
    main()
