"""Task `ordinal`: condition grades 1 to 6 of second-hand bicycles, from words, measures and a remark."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tui_aide.tasks.bundled.generated import Generated, blank, divide, with_ids
from tui_aide.tasks.bundled.salt import Salt

TRAIN_ROWS = 3000
TEST_ROWS = 2000
# Shares of the grades, from 1 (scrap) to 6 (as new): most bicycles that are brought in are middling.
SHARES = (0.05, 0.13, 0.38, 0.27, 0.13, 0.04)
PAINT = {"flawless": 1.2, "light scratches": 0.4, "deep scratches": -0.4, "dented": -1.3, "rust spots": -1.0}
CHAIN = {"new": 1.1, "hardly worn": 0.6, "worn": -0.3, "badly worn": -1.1, "missing": -1.8}
BRAKES = {"firm": 0.7, "a little soft": 0.1, "soft": -0.6, "no bite": -1.4}
PHRASES = (
    (("bell and lights complete", "wheels run true", "one owner, all receipts", "bearings silent"), 1.1),
    (("tyres nearly new", "saddle like new", "gears crisp", "stored under a cover"), 0.7),
    (("usual marks of use", "standard equipment", "basket fitted", "lock included"), 0.0),
    (("rear wheel out of true", "gears skip", "front light dead", "saddle torn"), -0.7),
    (("bottom bracket knocks", "fork bent", "crack near the seat tube", "spokes missing"), -1.8),
)


def generate(salt: str = "") -> Generated:
    """Return 3,000 training and 2,000 test bicycles, graded by noise-prone inspectors."""
    salted = Salt(5707, salt)
    rng = salted.rng
    rows = TRAIN_ROWS + TEST_ROWS
    care = rng.normal(0.0, 1.0, size=rows)
    age = np.round(rng.gamma(2.2, 2.6, size=rows) + 0.2, 1)
    km_a_year = np.exp(rng.normal(6.6, 0.8, size=rows))
    kilometres = age * km_a_year
    paint, chain, brakes = (_word(levels, 0.8 * care - 0.05 * age, rng) for levels in (PAINT, CHAIN, BRAKES))
    storage = rng.choice(["flat", "cellar", "shed", "street"], size=rows, p=[0.15, 0.35, 0.25, 0.25])
    material = rng.choice(["steel", "aluminium", "carbon"], size=rows, p=[0.45, 0.45, 0.1])
    tread = np.clip(rng.normal(2.4, 0.8, size=rows) - 0.00012 * kilometres, 0.0, 4.5)
    remark, remark_effect = _remarks(rows, care, rng)
    worst = ("steel", "aluminium", "carbon")[salted.choose(0, 3)]
    rust = np.where(material == worst, salted.vary(1.3), 0.2)
    parts = np.stack(
        [
            salted.vary(1.1) * pd.Series(paint).map(PAINT).to_numpy(dtype=float),
            salted.vary(1.2) * pd.Series(chain).map(CHAIN).to_numpy(dtype=float),
            salted.vary(1.3) * pd.Series(brakes).map(BRAKES).to_numpy(dtype=float),
            salted.vary(1.2) * remark_effect,
            1.2 * (np.minimum(tread, 2.6) - 1.4),
        ]
    )
    # A bicycle is about as good as its worst part, as every inspector says.
    latent = (
        salted.vary(0.25) * care
        + salted.vary(1.1) * parts.min(axis=0)
        + salted.vary(0.22) * parts.sum(axis=0)
        - salted.vary(0.5) * np.log1p(kilometres / 3000.0)
        - np.where(storage == "street", rust, 0.0) * np.minimum(age / 5, 2)
        + rng.normal(0.0, 0.6, size=rows)
    )
    bounds = np.quantile(latent, np.cumsum(SHARES)[:-1])
    frame = pd.DataFrame(
        {
            "paint": paint,
            "chain": chain,
            "brakes": brakes,
            "remark": remark,
            "age_years": age,
            "kilometres": np.rint(kilometres / 50) * 50,
            "tread_mm": np.round(tread, 1),
            "storage": storage,
            "material": material,
            "kind": rng.choice(["city", "touring", "mountain", "racing", "folding"], size=rows),
            "list_price": np.rint(np.exp(rng.normal(6.6, 0.5, size=rows)) / 10) * 10 - 1,
            "gears": rng.choice([1, 3, 7, 8, 21, 24, 27], size=rows),
            "counter": rng.choice(["A", "B", "C"], size=rows),
        }
    )
    for column, share in (
        ("chain", 0.08),
        ("brakes", 0.1),
        ("kilometres", 0.25),
        ("tread_mm", 0.12),
        ("storage", 0.06),
    ):
        frame[column] = blank(frame[column], share, rng)
    frame["grade"] = 1 + np.searchsorted(bounds, latent)
    frame = with_ids(frame, "bicycle_id", rng)
    return divide(frame, id_column="bicycle_id", target="grade", train_rows=TRAIN_ROWS, predictions={"grade": 3})


def _word(levels: dict[str, float], tendency: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return one of the words a row, likelier the nearer its value lies to `tendency`."""
    values = np.array(list(levels.values()))
    noisy = tendency + rng.normal(0.0, 0.7, size=len(tendency))
    pick = np.abs(noisy[:, None] - values[None, :]).argmin(axis=1)
    result: np.ndarray = np.array(list(levels))[pick]
    return result


def _remarks(rows: int, care: np.ndarray, rng: np.random.Generator) -> tuple[list[str | None], np.ndarray]:
    """Return one to three phrases a row (some rows have none), and what they say of the condition in all."""
    texts: list[str | None] = []
    effects = np.zeros(rows)
    for row in range(rows):
        count = int(rng.integers(0, 4))
        chosen: list[str] = []
        for _ in range(count):
            tone = int(np.clip(np.rint(2 - 0.7 * care[row] + rng.normal(0.0, 1.1)), 0, 4))
            phrases, effect = PHRASES[tone]
            phrase = phrases[int(rng.integers(0, len(phrases)))]
            if phrase not in chosen:
                chosen.append(phrase)
                effects[row] += effect
        texts.append("; ".join(chosen) if chosen else None)
    return texts, effects
