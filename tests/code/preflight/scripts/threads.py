# mypy: ignore-errors
import os
os.environ.setdefault("OMP_NUM_THREADS", "1")
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
import pandas as pd
jobs = queue.Queue()
results = []
def worker():
    while True:
        results.append(jobs.get() * 2)
        jobs.task_done()
threading.Thread(target=worker, daemon=True).start()
jobs.put(2)
jobs.join()
with ThreadPoolExecutor(2) as pool:
    train, test = pool.map(pd.read_csv, ["input/train.csv", "input/test.csv"])
test["SalePrice"] = train["SalePrice"].mean()
test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)
