# mypy: ignore-errors
import pandas as pd
try:
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import seaborn as sns
except ImportError:
    plt = sns = None
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
if plt is not None:
    train["SalePrice"].hist()
    plt.savefig("prices.png")
    plt.show()
test["SalePrice"] = train["SalePrice"].mean()
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
