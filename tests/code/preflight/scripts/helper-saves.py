# mypy: ignore-errors
import os
import pandas as pd
OUTPUT_DIR = "./"
def save(frame, name="submission.csv"):
    path = os.path.join(OUTPUT_DIR, name)
    frame.to_csv(path, index=False)
    print(f"Saved {path}")
def read(name, folder="./input"):
    return pd.read_csv(folder + "/" + name)
train, test = read("train.csv"), read("test.csv")
test["SalePrice"] = train["SalePrice"].mean()
save(test[["Id", "SalePrice"]])
