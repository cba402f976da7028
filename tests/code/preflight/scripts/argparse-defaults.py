# mypy: ignore-errors
import argparse
import os
import pandas as pd

parser = argparse.ArgumentParser()
parser.add_argument("--data", default="./input")
parser.add_argument("--extra", default="./input/extra_features.csv")
parser.add_argument("--output", default="./submission.csv")
args = parser.parse_args()
train = pd.read_csv(os.path.join(args.data, "train.csv"))
test = pd.read_csv(os.path.join(args.data, "test.csv"))
if os.path.exists(args.extra):
    train = train.merge(pd.read_csv(args.extra), on="Id")
test["SalePrice"] = train["SalePrice"].median()
test[["Id", "SalePrice"]].to_csv(args.output, index=False)
