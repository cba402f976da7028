"""Task `rare-events`: payments that are disputed later, about three in a hundred, with mixed column types."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tui_aide.tasks.bundled.generated import Generated, blank, divide, sigmoid, with_ids
from tui_aide.tasks.bundled.salt import Salt

TRAIN_ROWS = 6000
TEST_ROWS = 4000
COUNTRIES = ("AT", "BE", "CZ", "DE", "DK", "ES", "FR", "IT", "NL", "PL")
GOODS = {
    "books": -0.9, "garden": -0.5, "toys": -0.4, "kitchen": -0.3, "sports": 0.0, "clothing": 0.1,
    "cosmetics": 0.2, "tickets": 0.9, "phones": 1.2, "gift cards": 1.7,
}  # fmt: skip
MAIL = {"mailbox": -0.3, "postfix": -0.2, "fastletter": 0.0, "own domain": -0.6, "tempinbox": 1.8}


def generate(salt: str = "") -> Generated:
    """Return 6,000 training and 4,000 test payments, about 3 % of them disputed."""
    salted = Salt(5303, salt)
    rng = salted.rng
    rows = TRAIN_ROWS + TEST_ROWS
    seconds = rng.integers(0, 180 * 86_400, size=rows)
    hour = (seconds // 3600) % 24
    goods = rng.choice(list(GOODS), size=rows, p=[0.16, 0.1, 0.1, 0.14, 0.12, 0.14, 0.09, 0.06, 0.06, 0.03])
    channel = rng.choice(["web", "app", "phone"], size=rows, p=[0.52, 0.42, 0.06])
    mail = rng.choice(list(MAIL), size=rows, p=[0.42, 0.22, 0.2, 0.1, 0.06])
    typical = np.exp(rng.normal(3.6, 0.7, size=rows))
    ratio = np.exp(rng.normal(0.0, 0.75, size=rows))
    buyer = rng.choice(COUNTRIES, size=rows)
    abroad = rng.random(rows) < 0.15
    card = np.where(abroad, rng.choice(COUNTRIES, size=rows), buyer)
    age_days = np.rint(rng.exponential(420, size=rows))
    orders = rng.poisson(age_days / 120.0)
    express = rng.random(rows) < 0.25
    areas = np.array([f"A{number:02d}" for number in range(40)])
    area_effect = rng.normal(0.0, 0.6, size=len(areas))
    area = rng.integers(0, len(areas), size=rows)
    night = (hour < 5) | (hour >= 23)
    logit = (
        salted.vary(1.5) * np.log(ratio)
        + pd.Series(goods).map(salted.effects(GOODS)).to_numpy(dtype=float)
        + pd.Series(mail).map(salted.effects(MAIL)).to_numpy(dtype=float)
        + salted.vary(1.6) * (card != buyer)
        + np.where(night, np.where(channel == "app", 0.2, salted.vary(1.7)), 0.0)
        + salted.vary(1.3) * (age_days < 30)
        - salted.vary(0.25) * np.minimum(orders, 6)
        + salted.vary(0.9) * express * (channel != "phone")
        + area_effect[area]
    )
    disputed = rng.random(rows) < sigmoid(2.4 * logit + salted.intercept(-9.9, 2.4 * logit, 0.03))
    frame = pd.DataFrame(
        {
            "created_at": (pd.Timestamp("2023-03-01") + pd.to_timedelta(seconds, unit="s")).strftime(
                "%Y-%m-%d %H:%M:%S"
            ),
            "channel": channel,
            "goods": goods,
            "amount": np.round(typical * ratio, 2),
            "typical_amount": np.round(typical, 2),
            "items": 1 + rng.poisson(1.2, size=rows),
            "buyer_country": buyer,
            "card_country": card,
            "postal_area": areas[area],
            "mail_provider": mail,
            "account_age_days": age_days,
            "earlier_orders": orders,
            "express": np.where(express, "yes", "no"),
            "screen_width": rng.choice([360, 390, 412, 768, 1280, 1440, 1920], size=rows),
            "session_seconds": np.round(rng.gamma(2.0, 140.0, size=rows), 1),
            "newsletter": np.where(rng.random(rows) < 0.4, "yes", "no"),
        }
    )
    frame["typical_amount"] = frame["typical_amount"].mask(orders == 0)
    frame["account_age_days"] = blank(frame["account_age_days"], 0.04, rng)
    frame["mail_provider"] = blank(frame["mail_provider"], 0.05, rng)
    frame["session_seconds"] = blank(frame["session_seconds"], 0.1, rng)
    frame["disputed"] = disputed.astype(int)
    frame = with_ids(frame, "payment_id", rng, start=400_000)
    return divide(
        frame, id_column="payment_id", target="disputed", train_rows=TRAIN_ROWS, predictions={"disputed": 0.03}
    )
