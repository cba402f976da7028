"""What the server's model writes: one short honest script in many variants, and those that misbehave."""

from __future__ import annotations

import math
from typing import Literal

Misdeed = Literal["hangs", "hangs on", "fills the disk", "kills its parent", "floods its output", "forks"]

ANSWER_TOKENS, REVIEW_TOKENS = 600, 120
FILLED, FLOODED = 1_000_000_000, 200_000_000
"""Bytes that a script writes to the disk, and to its output: enough to matter, and not the machine's end."""
SLEEPERS = 30

_BEGIN = """\
import os
import time
import numpy as np
import pandas as pd
began = time.monotonic()
train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
columns = [c for c in train.columns if c not in ("id", "y")]
x, y = train[columns].to_numpy(), train["y"].to_numpy()
rows = np.arange(len(x)) % 5 == 0
def fit(a, b):
    return np.linalg.solve(a.T @ a + {shrinkage} * np.eye(a.shape[1]), a.T @ b)
score = float(np.sqrt(np.mean((x[rows] @ fit(x[~rows], y[~rows]) - y[rows]) ** 2)))
os.makedirs("working", exist_ok=True)
test[["id"]].assign(y=test[columns].to_numpy() @ fit(x, y)).to_csv("working/submission.csv", index=False)
"""
_END = """\
print(f"score: {score:.6f}")
print(f"own {number}: {time.monotonic() - began:.4f}")
"""
_MISDEEDS: dict[Misdeed, str] = {
    "hangs": """\
time.sleep(600)
""",
    "hangs on": """\
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
end = time.monotonic() + 600
while time.monotonic() < end:
    time.sleep(0.2)
""",
    "fills the disk": """\
with open("filling.bin", "wb") as file:
    for _ in range({filled} // 1_000_000):
        file.write(b"x" * 1_000_000)
""",
    "kills its parent": """\
import signal
os.kill(os.getppid(), signal.SIGKILL)
time.sleep(1)
""",
    "floods its output": """\
for _ in range({flooded} // 100_000):
    print(("x" * 99 + "\\n") * 1000, end="")
""",
    "forks": """\
import subprocess, sys
for _ in range({sleepers}):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)", "{mark}"], start_new_session=True,
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
""",
}


def tokens(characters: int) -> int:
    """Return the tokens of a text as the server counts them: four characters each."""
    return math.ceil(characters / 4)


def script(number: int, misdeed: Misdeed | None = None, mark: str = "") -> str:
    """Return the script of one answer.

    Args:
        number: of the answer; another shrinkage, and so another score, for each.
        misdeed: what it does before it prints its score.
        mark: a word on the command lines of the processes that it leaves.
    """
    text = _BEGIN.replace("{shrinkage}", f"{0.01 * 1.5 ** (number * 7 % 31):.5f}")
    if misdeed is not None:
        deed = _MISDEEDS[misdeed].replace("{mark}", mark).replace("{filled}", str(FILLED))
        text += deed.replace("{flooded}", str(FLOODED)).replace("{sleepers}", str(SLEEPERS))
    return text + _END.replace("{number}", str(number))


def answer(number: int, misdeed: Misdeed | None = None, mark: str = "") -> str:
    """Return a plan and the script, as AIDE's prompts and ours ask for, `ANSWER_TOKENS` long."""
    plan = f"Ridge regression by the normal equations, variant {number}: another shrinkage than those before it.\n"
    code = script(number, misdeed, mark)
    bare = f"{plan}\n```python\n{code}```\n"
    line = "# the columns are numbers without gaps, so no cleaning is done\n"
    lines, rest = divmod(max(0, ANSWER_TOKENS * 4 - len(bare)), len(line))
    return bare.replace("```python\n", f"```python\n{line * lines}{'#' * max(0, rest - 1)}\n", 1)
