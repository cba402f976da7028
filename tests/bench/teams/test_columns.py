from __future__ import annotations

import numpy as np
import pandas as pd

from tui_aide.bench.teams.columns import ENCODERS, FRAMES, steady, text_columns, tidy, time_columns
from tui_aide.bench.teams.images import blurred, centred, contrast, is_image


def _frame(rows: int = 60, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(round(10 * shift))
    words = np.array(["oil leaks near the pump", "the fan is loud at night", "screen flickers when it is cold"])
    return pd.DataFrame(
        {
            "when": [f"2024-01-{1 + row % 28:02d} {row % 24:02d}:00:00" for row in range(rows)],
            "day": [f"2024-02-{1 + row % 28:02d}" for row in range(rows)],
            "age": [f"{20 + row % 40} y" if row % 3 else str(20 + row % 40) for row in range(rows)],
            "home": rng.choice(["AT", "BE", "CZ", " at"], rows),
            "card": rng.choice(["AT", "BE", "CZ", "AT "], rows),
            "price": np.exp(rng.normal(3, 2, rows)),
            "usual": np.exp(rng.normal(3, 2, rows)),
            "drifting": rng.normal(shift, 1, rows),
            "remark": [f"{words[row % 3]} {row}" if row % 5 else None for row in range(rows)],
        }
    )


def test_tidy_columns_hold_what_a_careful_person_makes_of_them() -> None:
    x, z = tidy(_frame(), _frame(40, shift=3.0))
    assert (len(x), len(z)) == (60, 40)
    assert list(x.columns) == list(z.columns)
    assert {"hour", "weekday", "log price", "price / usual", "home is card"} <= set(x.columns)
    assert "when" not in x.columns
    assert x["age"].tolist()[:3] == [20.0, 21.0, 22.0]
    assert set(x["home"]) == {"at", "be", "cz"}
    assert x["remark"].iloc[0] == "nothing"
    np.testing.assert_allclose(x["price / usual"], x["log price"] - x["log usual"])


def test_steady_columns_leave_out_those_that_drift_and_dates() -> None:
    x, z = steady(_frame(), _frame(40, shift=3.0))
    assert "drifting" not in x.columns
    assert "price" in x.columns
    same, _ = steady(_frame(), _frame(40, shift=0.0))
    assert "drifting" in same.columns
    assert list(x.columns) == list(z.columns)


def test_kinds_of_column_are_told() -> None:
    frame = _frame()
    assert text_columns(frame) == ["remark"]
    assert time_columns(frame) == ["when", "day"]


def test_every_encoder_takes_every_frame_and_gives_numbers() -> None:
    for frames in FRAMES.values():
        x, z = frames(_frame(), _frame(40, shift=3.0))
        for encode in ENCODERS.values():
            fitted = encode(x).fit(x)
            assert fitted.transform(z).astype(float).shape[0] == 40


def test_images_are_told_and_prepared() -> None:
    rng = np.random.default_rng(0)
    images = np.full((5, 81), 20.0) + rng.uniform(0, 1, (5, 81))
    images.reshape(5, 9, 9)[:, 1:4, 1:4] += 50
    frame = pd.DataFrame(images)
    assert is_image(frame)
    assert not is_image(_frame())
    assert not is_image(frame.iloc[:, :60])
    np.testing.assert_allclose(np.median(contrast(frame), axis=1), 0, atol=1e-9)
    middle = centred(frame).reshape(5, 9, 9)[:, 3:6, 3:6]
    assert (middle > 0.9).all()
    assert blurred(frame).shape == (5, 81 + 64)
