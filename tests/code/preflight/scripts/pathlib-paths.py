# mypy: ignore-errors
from pathlib import Path
import pandas as pd

ROOT = Path(".")
INPUT = ROOT / "input"
assert INPUT.is_dir()
print((INPUT / "description.md").read_text()[:40])
train = pd.read_csv(INPUT / "train.csv")
test = pd.read_csv(INPUT.joinpath("test.csv"))
WORK = Path("working")
WORK.mkdir(exist_ok=True)
(WORK / "log.txt").write_text("begun")
print((WORK / "log.txt").read_text())
sub = test[["Id"]].copy()
sub["SalePrice"] = train.SalePrice.mean()
(ROOT / "submission.csv").write_text(sub.to_csv(index=False))
