"""What the soak's model says: long thoughts, and a script; one in five misbehaves. The same seed, the same script.

Scripts use the standard library alone, so that ten thousand of them fit into an hour on two cores.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

LITTER = "soak-litter"
"""What scripts leave behind has a name that begins so."""

_PREDICT = """\
import csv, os, signal, subprocess, sys, tempfile, threading, time
from multiprocessing import shared_memory

{first}
with open("input/test.csv", newline="") as file:
    rows = list(csv.DictReader(file))
with open("submission.csv", "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["id", "y"])
    for i, row in enumerate(rows):
        out.writerow([row["id"], {slope} * float(row["a"]) + {noise} * (i * 7919 % 13 - 6)])
print("predicted", len(rows))
{last}
"""

_WORDS = ("the", "fold", "score", "rises", "when", "we", "drop", "noisy", "columns", "and", "fit", "smaller", "trees")

_ORPHAN = """\
code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(900)"
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
"""
_FORKS = """\
for _ in range(20):
    if os.fork() == 0:
        time.sleep(900)
"""
_LITTER = f"""\
for place in (None, "/tmp", "/dev/shm", "/var/tmp"):
    try:
        with tempfile.NamedTemporaryFile(prefix="{LITTER}", dir=place, delete=False) as file:
            file.write(bytes(100_000))
    except OSError as error:
        print(error)
try:
    kept = shared_memory.SharedMemory("{LITTER}-%d" % os.getpid(), create=True, size=100_000)
    os._exit(3) if os.getpid() % 3 == 0 else None
except OSError as error:
    print(error)
"""
_THREADS = """\
for _ in range(8):
    threading.Thread(target=time.sleep, args=(900,), daemon=True).start()
"""

MISCHIEF: dict[str, tuple[float, str, str]] = {
    "crash": (0.05, "raise ValueError('the seed says so')", ""),
    "exit": (0.01, "sys.exit(7)", ""),
    "segfault": (0.005, "os.kill(os.getpid(), signal.SIGSEGV)", ""),
    "hang": (0.003, "time.sleep(900)", ""),
    "stopped": (0.001, "os.kill(os.getpid(), signal.SIGSTOP)", ""),
    "spin": (0.001, "while True: pass", ""),
    "flood": (0.01, "for _ in range(400): os.write(1, b'epoch 1 loss 0.5\\n' * 4000)", ""),
    "flood for ever": (0.0005, "while True: os.write(1, b'x' * 65536)", ""),
    "fork": (0.01, _FORKS, ""),
    "orphan": (0.02, _ORPHAN, ""),
    "threads": (0.01, _THREADS, ""),
    "litter": (0.03, _LITTER, ""),
    "memory": (0.002, "held = [bytearray(1 << 28) for _ in range(64)]", ""),
    "links": (0.005, "os.symlink('/etc/passwd', 'link'); os.mkfifo('pipe'); os.mkdir('folder')", ""),
    "no submission": (0.01, "", "os.remove('submission.csv')"),
    "half a submission": (0.01, "", "os.truncate('submission.csv', 60)"),
    "closes its output": (0.005, "os.close(1); os.close(2); sys.stdout = sys.stderr = open(os.devnull, 'w')", ""),
}
"""What scripts do beside predicting: its share of all scripts, and the lines before and after."""


def mischief(rng: random.Random) -> str | None:
    """Draw what a script does wrong, None for nothing."""
    dice = rng.random()
    for name, (share, _, _) in MISCHIEF.items():
        dice -= share
        if dice < 0:
            return name
    return None


def script(seed: int) -> str:
    """Return the script of a seed."""
    rng = random.Random(seed)
    drawn = mischief(rng)
    _, first, last = MISCHIEF[drawn] if drawn else (0.0, "", "")
    slope, noise = round(rng.uniform(1.0, 3.0), 3), round(rng.uniform(0.0, 0.3), 3)
    return _PREDICT.format(first=first, last=last, slope=slope, noise=noise)


def write(messages: Sequence[dict[str, str]], seed: int, thoughts: int = 2000) -> tuple[str, str]:
    """Return reasoning of some `thoughts` tokens, and the answer, for a seed; whatever the messages are."""
    rng = random.Random(seed)
    dice = rng.random()
    start = rng.randrange(len(_WORDS))
    reasoning = " ".join(_WORDS[(start + i * 7) % len(_WORDS)] for i in range(thoughts)) + "\n"
    code = script(seed)
    if dice < 0.01:
        return reasoning, "I cannot think of a script.\n"
    if dice < 0.02:
        code = code.replace("print(", "print((", 1)
    if dice < 0.03:
        return reasoning, f"Predict by a line.\n\n```python\n{code[: len(code) // 2]}"
    return reasoning, f"Predict by a line, number {seed}.\n\n```python\n{code}```\n"
