"""Task `friedman`: energy of kiln firings, a function like Friedman's first with distractors and a skewed target."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tui_aide.tasks.bundled.generated import Generated, divide, with_ids
from tui_aide.tasks.bundled.salt import Salt

TRAIN_ROWS = 2000
TEST_ROWS = 1500
SENSORS = 18
# Which sensors carry the signal; the others are noise or blurred copies of these.
SIGNAL = (3, 8, 11, 5, 14)
COPIES = (0, 9, 16)


def generate(salt: str = "") -> Generated:
    """Return 2,000 training and 1,500 test firings with 18 sensor columns and the kiln's type.

    The shape of the response follows Friedman, "Multivariate adaptive regression splines", 1991.
    """
    salted = Salt(5202, salt)
    rng = salted.rng
    rows = TRAIN_ROWS + TEST_ROWS
    sensors = rng.random((rows, SENSORS))
    load, moisture, draught, ramp, hold, *copies = salted.places((*SIGNAL, *COPIES), SENSORS)
    kilns = salted.effects({"tunnel": 0.0, "shuttle": 1.0, "roller": -1.5, "bell": 2.5})
    for copy, source in zip(copies, (load, ramp, draught), strict=True):
        sensors[:, copy] = 0.6 * sensors[:, source] + 0.4 * sensors[:, copy]
    kiln = rng.choice(["tunnel", "shuttle", "roller", "bell"], size=rows, p=[0.4, 0.3, 0.2, 0.1])
    response = (
        salted.vary(10) * np.sin(np.pi * sensors[:, load] * sensors[:, moisture])
        + salted.vary(20) * (sensors[:, draught] - 0.5) ** 2
        + salted.vary(10) * sensors[:, ramp]
        + salted.vary(5) * sensors[:, hold]
        + pd.Series(kiln).map(kilns).to_numpy(dtype=float)
        + rng.normal(0.0, 1.0, size=rows)
    )
    energy = np.exp(3.5 + 0.18 * response)
    scale = 10.0 ** rng.integers(0, 4, size=SENSORS)
    offset = np.round(rng.uniform(-1, 2, size=SENSORS), 1) * scale
    frame = pd.DataFrame(
        np.round(sensors * scale + offset, 4), columns=[f"s{number:02d}" for number in range(1, SENSORS + 1)]
    )
    frame.insert(0, "kiln", kiln)
    frame["energy_kwh"] = np.round(energy, 2)
    frame = with_ids(frame, "firing_id", rng)
    return divide(
        frame, id_column="firing_id", target="energy_kwh", train_rows=TRAIN_ROWS, predictions={"energy_kwh": 150.0}
    )
