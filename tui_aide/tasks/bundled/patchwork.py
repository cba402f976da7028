"""Task `patchwork`: heat demand of houses, from records of four offices each of which asked other questions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tui_aide.tasks.bundled.generated import Generated, blank, divide, with_ids
from tui_aide.tasks.bundled.salt import Salt

TRAIN_ROWS = 3000
TEST_ROWS = 2500
OFFICES = ("chimney sweep", "energy adviser", "insurance", "land register")
WALLS = {"brick": 1.0, "timber": 0.75, "concrete": 1.1, "stone": 1.35, "rendered foam": 0.55}
HEATERS = {"gas boiler": 1.0, "oil boiler": 1.18, "heat pump": 0.42, "district": 0.92, "wood stove": 1.3}
KNOWN = {
    "floor_area_m2": (0.15, 0.9, 0.8, 0.1),
    "rooms": (0.6, 0.3, 0.75, 0.15),
    "plot_area_m2": (0.0, 0.1, 0.2, 0.95),
    "footprint_m2": (0.0, 0.15, 0.1, 0.9),
    "storeys": (0.3, 0.3, 0.5, 0.8),
    "built": (0.2, 0.85, 0.7, 0.5),
    "wall": (0.3, 0.85, 0.7, 0.3),
    "glazing": (0.05, 0.9, 0.15, 0.0),
    "roof_insulation_cm": (0.0, 0.75, 0.05, 0.0),
    "heater": (0.95, 0.9, 0.75, 0.55),
    "flue_gas_c": (0.85, 0.05, 0.0, 0.0),
    "residents": (0.1, 0.6, 0.4, 0.05),
    "altitude_m": (0.2, 0.3, 0.1, 0.9),
    "insured_keur": (0.0, 0.0, 0.95, 0.05),
    "cellar": (0.2, 0.5, 0.6, 0.2),
    "solar": (0.0, 0.5, 0.2, 0.1),
}
"""Share of a column's values that each office has."""


def generate(salt: str = "") -> Generated:
    """Return 3,000 training and 2,500 test houses with 19 columns, of whose cells about 60 % are empty.

    Which are empty depends on the office, and on the house itself: what is embarrassing or unknown is left out.
    """
    salted = Salt(6313, salt)
    rng = salted.rng
    rows = TRAIN_ROWS + TEST_ROWS
    office = rng.integers(0, len(OFFICES), size=rows)
    area = np.exp(rng.normal(4.8, 0.35, size=rows))
    storeys = 1 + rng.binomial(3, 0.3, size=rows)
    built = np.rint(2020 - rng.gamma(2.0, 24.0, size=rows)).clip(1750, 2022)
    wall = rng.choice(list(WALLS), size=rows, p=[0.4, 0.15, 0.2, 0.1, 0.15])
    heater = rng.choice(list(HEATERS), size=rows, p=[0.45, 0.2, 0.12, 0.13, 0.1])
    glazing = np.where(rng.random(rows) < (built - 1900) / 160, "double", "single")
    glazing = np.where((built > 2000) & (rng.random(rows) < 0.6), "triple", glazing)
    roof = np.rint(rng.gamma(2.0, 4.0, size=rows) + 0.12 * np.maximum(built - 1970, 0))
    residents = 1 + rng.poisson(1.5, size=rows)
    altitude = rng.gamma(2.0, 160.0, size=rows)
    cellar, solar = rng.random(rows) < 0.6, rng.random(rows) < 0.2
    walls = salted.effects(WALLS)
    heaters = {name: salted.vary(value, 0.1) for name, value in HEATERS.items()}
    panes = pd.Series(glazing).map({"single": 1.35, "double": 1.0, "triple": 0.8}).to_numpy(dtype=float)
    loss = (
        salted.vary(0.45) * pd.Series(wall).map(walls).to_numpy(dtype=float) * (1 + 0.12 / storeys)
        + salted.vary(0.22) * panes
        + salted.vary(0.4) * np.exp(-roof / 9.0)
        + salted.vary(0.12) * cellar
        + salted.vary(0.25) * np.clip((1990 - built) / 80, 0, 1)
    )
    need = 0.11 * area * loss * (1 + salted.vary(0.35) * altitude / 1000) + salted.vary(0.9) * residents
    demand = need * pd.Series(heater).map(heaters).to_numpy(dtype=float) * (1 - 0.08 * solar)
    demand = demand * np.exp(rng.normal(0.0, 0.09, size=rows))
    frame = pd.DataFrame(
        {
            "office": np.array(OFFICES)[office],
            "visited": _days(rng.integers(0, 900, size=rows)),
            "floor_area_m2": np.rint(area * np.exp(rng.normal(0, 0.03, size=rows))),
            "rooms": np.rint(area / 27 + rng.normal(0, 0.7, size=rows)).clip(1),
            "plot_area_m2": np.rint(area * np.exp(rng.normal(1.5, 0.6, size=rows))),
            "footprint_m2": np.rint(area / storeys * np.exp(rng.normal(0.12, 0.06, size=rows))),
            "storeys": storeys.astype(float),
            "built": built,
            "wall": wall,
            "glazing": glazing,
            "roof_insulation_cm": roof,
            "heater": heater,
            "flue_gas_c": np.rint(60 + 90 * pd.Series(heater).map(HEATERS) + rng.normal(0, 12, size=rows)),
            "residents": residents.astype(float),
            "altitude_m": np.rint(altitude),
            "insured_keur": np.rint(area * 2.2 * np.exp(rng.normal(0, 0.15, size=rows)) + (built > 1995) * 60),
            "cellar": np.where(cellar, "yes", "no"),
            "solar": np.where(solar, "yes", "no"),
        }
    )
    shy = {"roof_insulation_cm": roof < 6, "glazing": glazing == "single", "built": built < 1920, "solar": ~solar}
    for column, known in KNOWN.items():
        share = np.array(known)[office] * np.where(shy.get(column, np.zeros(rows, dtype=bool)), 0.45, 1.0)
        frame[column] = frame[column].mask(rng.random(rows) >= share)
    frame["heater"] = frame["heater"].mask((frame["heater"] == "heat pump") & (office == 0))
    frame["visited"] = blank(frame["visited"], 0.3, rng)
    frame["demand_mwh"] = np.round(demand, 2)
    frame = with_ids(frame, "house_id", rng)
    return divide(
        frame, id_column="house_id", target="demand_mwh", train_rows=TRAIN_ROWS, predictions={"demand_mwh": 14.0}
    )


def _days(days: np.ndarray) -> pd.Series:
    return pd.Series((pd.Timestamp("2021-01-04") + pd.to_timedelta(days, unit="D")).strftime("%Y-%m-%d"))
