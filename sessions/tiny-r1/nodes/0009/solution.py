import pandas as pd

history = pd.read_csv("input/train.csv")
blank = pd.read_csv("input/sample_submission.csv")
centre = history["Target_Value"].mean()
blank["Target_Value"] = centre + blank.index * 0.001
blank.to_csv("submission.csv", index=False)
print("centre", centre)
