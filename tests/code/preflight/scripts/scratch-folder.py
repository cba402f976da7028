# mypy: ignore-errors
import os
import shutil
import tempfile
import pandas as pd
os.makedirs("output", exist_ok=True)
train = pd.read_csv("input/train.csv")
sub = pd.read_csv("input/sample_submission.csv")
sub["SalePrice"] = train["SalePrice"].mean()
sub.to_csv("output/submission.csv", index=False)
print(os.listdir("output"), pd.read_csv("output/submission.csv").shape)
shutil.copy("output/submission.csv", "submission.csv")
with tempfile.TemporaryDirectory() as place:
    sub.to_csv(os.path.join(place, "copy.csv"))
