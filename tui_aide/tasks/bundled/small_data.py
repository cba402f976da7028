"""Task `small-data`: strength of glued joints from 240 laboratory tests, scored on folds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tui_aide.tasks.bundled.generated import Generated, blank, divide, with_ids
from tui_aide.tasks.bundled.salt import Salt

TRAIN_ROWS = 240
TEST_ROWS = 600


def generate(salt: str = "") -> Generated:
    """Return 240 training and 600 test joints with 11 columns."""
    salted = Salt(5505, salt)
    rng = salted.rng
    rows = TRAIN_ROWS + TEST_ROWS
    adhesive = rng.choice(["epoxy", "acrylate", "polyurethane"], size=rows, p=[0.45, 0.3, 0.25])
    surface = rng.choice(["sanded", "degreased", "primed", "as delivered"], size=rows, p=[0.3, 0.3, 0.2, 0.2])
    cure_c = rng.uniform(18, 90, size=rows)
    cure_h = np.exp(rng.uniform(np.log(0.5), np.log(72), size=rows))
    layer = rng.uniform(0.05, 0.8, size=rows)
    overlap = rng.uniform(8, 30, size=rows)
    humidity = rng.uniform(20, 80, size=rows)
    pressure = rng.uniform(0.05, 0.6, size=rows)
    # Curing saturates with time at a rate that grows with temperature, as Arrhenius has it.
    rate = np.exp(salted.vary(0.045) * (cure_c - 45)) * np.where(adhesive == "acrylate", salted.vary(2.2), 1.0)
    cured = 1 - np.exp(-salted.vary(0.16) * rate * cure_h)
    peaks = salted.effects({"epoxy": 26.0, "acrylate": 19.0, "polyurethane": 12.0})
    peak = pd.Series(adhesive).map(peaks).to_numpy(dtype=float)
    best_layer = np.where(adhesive == "polyurethane", salted.vary(0.5), salted.vary(0.22))
    film = np.exp(-(((layer - best_layer) / 0.26) ** 2))
    bonds = salted.effects({"sanded": 1.0, "degreased": 0.9, "primed": 1.12, "as delivered": 0.66}, spread=0.1)
    bond = pd.Series(surface).map(bonds).to_numpy(dtype=float)
    wet = np.where(adhesive == "polyurethane", 0.7 + 0.006 * humidity, 1.1 - 0.003 * humidity)
    strength = peak * cured * (0.35 + 0.65 * film) * bond * wet * (overlap / 18.0) ** 0.35
    strength = strength * np.exp(rng.normal(0.0, 0.06, size=rows)) + rng.normal(0.0, 0.4, size=rows)
    frame = pd.DataFrame(
        {
            "adhesive": adhesive,
            "surface": surface,
            "cure_temperature": np.round(cure_c, 1),
            "cure_hours": np.round(cure_h, 2),
            "layer_mm": np.round(layer, 3),
            "overlap_mm": np.round(overlap, 1),
            "humidity": np.rint(humidity),
            "pressure_mpa": np.round(pressure, 2),
            "room_temperature": np.round(rng.normal(21, 1.5, size=rows), 1),
            "batch_age_days": rng.integers(1, 200, size=rows),
            "technician": rng.choice(["MK", "JL", "RS", "TB"], size=rows),
            "strength_mpa": np.round(np.maximum(strength, 0.1), 2),
        }
    )
    frame["humidity"] = blank(frame["humidity"], 0.08, rng)
    frame["pressure_mpa"] = blank(frame["pressure_mpa"], 0.05, rng)
    frame = with_ids(frame, "joint_id", rng, start=1000)
    return divide(
        frame, id_column="joint_id", target="strength_mpa", train_rows=TRAIN_ROWS, predictions={"strength_mpa": 12.0}
    )
