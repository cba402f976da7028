from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from tests.sessions.exports.made import usual
from tui_aide.sessions.exports.writing import export
from tui_aide.sessions.places import find_session


def test_pandas_reads_it(tmp_path: Path) -> None:
    table = pd.read_csv(io.StringIO(export(usual(tmp_path / "toy").folder, "csv").text), parse_dates=["created"])
    assert list(table.columns[:9]) == [
        *("node", "parents", "children", "depth", "operator", "strategy", "by", "verdict", "score"),
    ]
    assert table["node"].tolist() == [0, 1, 2, 3]
    assert table["parents"].fillna("").tolist() == ["", "0", "", "1 0"]
    assert table["score"].tolist()[:2] == [0.7, 0.8]
    assert table["score"].isna().tolist() == [False, False, True, False]
    assert table["best"].tolist() == [False, True, False, False]
    assert table["by"].tolist() == ["policy", "policy", "policy", "user"]
    assert str(table["created"].dt.tz) == "UTC"
    assert table["created"].is_monotonic_increasing
    assert not table["title"].str.contains("\n|\x1b").any()


def test_of_a_recorded_session() -> None:
    folder = find_session(str(Path(__file__).parents[3] / "sessions/tumours"), Path("nowhere"))
    table = pd.read_csv(io.StringIO(export(folder, "csv").text))
    assert len(table) == 14
    assert (table["verdict"] == "valid").sum() == table["score"].notna().sum() == 12
    assert table["prompt_tokens"].sum() + table["reasoning_tokens"].sum() + table["answer_tokens"].sum() == 45229
