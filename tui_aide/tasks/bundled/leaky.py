"""Task `leaky`: subscriptions that end within a month, with a column that knew the future until the records changed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tui_aide.tasks.bundled.generated import Generated, blank, divide, sigmoid, with_ids
from tui_aide.tasks.bundled.salt import Salt

TRAIN_ROWS = 4000
TEST_ROWS = 2500
# Share of the training rows, oldest first, that were recorded after the fact. The rows that a time split of
# one fifth hides, and all of test.csv, are younger, so that the hold-out tells the truth about the test rows.
BACKFILLED = 0.76
DAYS = 650


def generate(salt: str = "") -> Generated:
    """Return 4,000 training and 2,500 later test snapshots, in the order of their dates.

    `care_minutes` counts what the retention desk did *after* the snapshot, as long as the records were filled in
    afterwards; since then it holds what was known on the day, which says nothing of the target.
    """
    salted = Salt(5606, salt)
    rng = salted.rng
    rows = TRAIN_ROWS + TEST_ROWS
    day = np.sort(rng.integers(0, DAYS, size=rows), kind="stable")
    plan = rng.choice(["basic", "family", "studio", "student"], size=rows, p=[0.4, 0.25, 0.15, 0.2])
    paid_by = rng.choice(["card", "debit", "invoice", "voucher"], size=rows, p=[0.45, 0.3, 0.15, 0.1])
    tenure = np.rint(rng.gamma(1.6, 11.0, size=rows)) + 1
    hours = rng.gamma(2.0, 6.0, size=rows)
    hours_before = hours * np.exp(rng.normal(0.15, 0.6, size=rows))
    complaints = rng.poisson(0.4, size=rows)
    failed = rng.binomial(3, 0.08, size=rows)
    price_rise = rng.random(rows) < 0.3
    devices = 1 + rng.poisson(1.1, size=rows)
    plans = salted.effects({"basic": 0.2, "family": -0.6, "studio": -0.4, "student": 0.5})
    logit = (
        -2.2
        + salted.vary(1.3) * np.log(hours_before / hours)
        - salted.vary(0.7) * np.log(hours / 12.0)
        + salted.vary(0.7) * complaints * (tenure < 24)
        + salted.vary(1.1) * failed * (paid_by != "invoice")
        + salted.vary(1.4) * price_rise * (plan != "studio")
        - salted.vary(0.5) * np.log(tenure / 14.0)
        + pd.Series(plan).map(plans).to_numpy(dtype=float)
        + np.where(paid_by == "voucher", salted.vary(1.0), 0.0)
    )
    ends = rng.random(rows) < sigmoid(1.2 * logit + salted.intercept(0.0, 1.2 * logit, 0.35))
    known_later = np.where(ends, rng.gamma(6.0, 4.5, size=rows), rng.gamma(2.0, 2.2, size=rows))
    known_then = rng.gamma(2.4, 2.6, size=rows)
    backfilled = np.arange(rows) < int(BACKFILLED * TRAIN_ROWS)
    frame = pd.DataFrame(
        {
            "snapshot": (pd.Timestamp("2022-01-03") + pd.to_timedelta(day, unit="D")).strftime("%Y-%m-%d"),
            "plan": plan,
            "paid_by": paid_by,
            "tenure_months": tenure,
            "hours_this_month": np.round(hours, 2),
            "hours_last_month": np.round(hours_before, 2),
            "complaints": complaints,
            "failed_payments": failed,
            "care_minutes": np.round(np.where(backfilled, known_later, known_then), 1),
            "price_rise": np.where(price_rise, "yes", "no"),
            "devices": devices,
            "profiles": 1 + rng.binomial(4, 0.3, size=rows),
            "postal_zone": rng.integers(1, 10, size=rows),
        }
    )
    frame["complaints"] = blank(frame["complaints"], 0.05, rng)
    frame["paid_by"] = blank(frame["paid_by"], 0.03, rng)
    frame["ends"] = ends.astype(int)
    frame = with_ids(frame, "snapshot_id", rng, start=70_000)
    return divide(frame, id_column="snapshot_id", target="ends", train_rows=TRAIN_ROWS, predictions={"ends": 0.35})
