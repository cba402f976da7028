from __future__ import annotations

import io
import zlib
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

from tui_aide.tasks.bundled import generate
from tui_aide.tasks.bundled.leaky import BACKFILLED, TRAIN_ROWS
from tui_aide.tasks.bundled.speaking import Reader
from tui_aide.tasks.bundled.tumours import MEASURES

# Sum of the numeric columns of train.csv and share (or mean) of the target. Whoever changes a generator changes these,
# raises the task's version in the catalogue and measures its references again.
FINGERPRINTS: dict[str, tuple[float, float]] = {
    "digits": (17126875.0, 4.329979879275654),
    "friedman": (29479496.7857, 697.7095533333334),
    "rare-events": (2439940396.7, 0.0315),
    "tumours": (482765861.0188, 0.376),
    "small-data": (407551.512, 8.581716666666667),
    "leaky": (293113531.53, 0.336),
    "ordinal": (53261307.6, 3.4325),
    "docstrings": (20380417.0, 3.9153754469606676),
    "remarks": (23995318.0, 0.346),
    "readings": (26995098.0, 253.81589752011826),
    "scans": (16739146.0, 19.16),
    "tiles": (9726396.0, 1.9742857142857142),
    "patchwork": (43184545.29, 17.973664),
}


@pytest.mark.parametrize("name", FINGERPRINTS)
def test_tables_are_those_that_the_references_were_measured_on(name: str) -> None:
    tables = generate(name)
    target = tables.hidden.columns[1]
    codes = tables.hidden[target]
    if not pd.api.types.is_numeric_dtype(codes):
        codes = pd.Series(pd.factorize(codes, sort=True)[0])
    total = float(np.nansum(tables.train.select_dtypes("number").to_numpy(dtype=float)))
    assert (total, float(codes.mean())) == pytest.approx(FINGERPRINTS[name], rel=1e-9)


def test_digits_are_used_once_and_cover_all_classes() -> None:
    tables = generate("digits")
    assert len(tables.train) + len(tables.test) == 1797
    assert sorted(tables.train["digit"].unique()) == list(range(10))
    pixels = pd.concat([tables.train, tables.test])[[f"p{number:02d}" for number in range(100)]]
    assert not pixels.duplicated().any()


def test_rare_events_are_rare() -> None:
    tables = generate("rare-events")
    for table in (tables.train, tables.hidden):
        assert 0.02 < table["disputed"].mean() < 0.035


def test_tumours_hold_no_row_of_the_original_data() -> None:
    bunch = load_breast_cancer(as_frame=True)
    train = generate("tumours").train
    measured = pd.DataFrame({column: train[column] for column, _ in MEASURES.values()})
    original = bunch.data[list(MEASURES)].clip(lower=1e-3).to_numpy()
    # Relative distance over the columns that are there; the unit and outlier columns only make it larger.
    gaps = np.abs(measured.to_numpy()[:, None, :] / original[None, :, :] - 1)
    assert np.nanmedian(gaps, axis=2).min() > 0.005


def test_tumours_are_dirty_in_every_way_that_is_told() -> None:
    train = generate("tumours").train
    assert train["clinic"].nunique() > 4 * 2
    assert pd.to_numeric(train["age"], errors="coerce").isna().sum() > train["age"].isna().sum() > 0
    assert (train["symmetry"] == 999).sum() > 5
    assert train["radius_spread"].isna().mean() > 0.1


def test_leak_tells_the_target_in_old_rows_and_nothing_since() -> None:
    tables = generate("leaky")
    old = tables.train.iloc[: int(BACKFILLED * TRAIN_ROWS)]
    new = tables.train.iloc[int(BACKFILLED * TRAIN_ROWS) :]
    later = tables.test.merge(tables.hidden)
    assert old["care_minutes"].corr(old["ends"]) > 0.6
    for rows in (new, later):
        assert abs(rows["care_minutes"].corr(rows["ends"])) < 3 / len(rows) ** 0.5


def test_leaky_rows_are_in_the_order_of_time() -> None:
    tables = generate("leaky")
    dates = pd.concat([tables.train["snapshot"], tables.test["snapshot"]])
    assert dates.is_monotonic_increasing


def test_ordinal_grades_are_whole_uneven_and_in_range() -> None:
    shares = generate("ordinal").train["grade"].value_counts(normalize=True)
    assert sorted(shares.index) == [1, 2, 3, 4, 5, 6]
    assert shares.max() > 5 * shares.min()


def test_docstrings_are_not_the_committed_texts() -> None:
    tables = generate("docstrings")
    assert tables.train["topic"].nunique() == tables.hidden["topic"].nunique() == 9
    assert [len(words.split()) for words in tables.test["words"]] == tables.test["length"].tolist()
    with files("tui_aide.tasks.bundled").joinpath("data", "docstrings.csv").open(encoding="utf-8") as source:
        committed = set(pd.read_csv(source)["words"])
    unchanged = tables.test["words"].isin(committed).mean()
    assert unchanged < 0.05, "texts could be looked up in the package"


def test_remarks_deny_what_others_complain_of() -> None:
    train = generate("remarks").train
    late = train.loc[train["remark"].str.contains("came two days late"), "late"]
    told = train.loc[train["remark"].str.contains("last year came two days late"), "late"]
    assert late.mean() > 0.4
    assert told.mean() < 0.3


def test_readings_cannot_be_looked_up_alone() -> None:
    tables = generate("readings")
    known = set(tables.train["before"])
    assert 0.05 < (~tables.test["before"].isin(known)).mean() < 0.4
    assert tables.train["after"].nunique() > 1000
    assert not set(tables.train["sentence"]) & set(tables.test["sentence"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("£4.20", "four pounds twenty"),
        ("1,203", "one thousand two hundred and three"),
        ("3/5/2007", "the third of May two thousand and seven"),
        ("7:45", "quarter to eight"),
        ("0.5 km", "zero point five kilometres"),
    ],
)
def test_a_reader_reads_as_people_do(before: str, after: str) -> None:
    reader = Reader()
    read = {
        "£4.20": lambda: reader.money("£", 4.2),
        "1,203": lambda: reader.cardinal(1203),
        "3/5/2007": lambda: reader.date(3, 4, 2007),
        "7:45": lambda: reader.clock(7, 45),
        "0.5 km": lambda: reader.measure("0.5", "km"),
    }
    assert read[before]() == after


def test_tiles_are_png_files_that_hold_what_the_arrays_hold() -> None:
    tables = generate("tiles")
    with np.load(io.BytesIO(tables.files["images.npz"])) as arrays:
        places = {f"images/{tile}.png": at for at, tile in enumerate(arrays["tile_id"].tolist())}
        images = arrays["images"]
    every = [*tables.train["file"], *tables.test["file"]]
    assert set(places) == set(every) == set(tables.files) - {"images.npz"}
    for file in every[:5]:
        content = tables.files[file]
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        at = content.index(b"IDAT")
        size = int.from_bytes(content[at - 4 : at], "big")
        lines = np.frombuffer(zlib.decompress(content[at + 4 : at + 4 + size]), dtype=np.uint8).reshape(20, 61)
        assert (lines[:, 0] == 0).all()
        assert np.array_equal(lines[:, 1:].reshape(20, 20, 3), images[places[file]])


def test_patchwork_is_mostly_empty_and_not_at_random() -> None:
    train = generate("patchwork").train
    asked = train.drop(columns=["house_id", "demand_mwh"])
    assert 0.55 < asked.isna().mean().mean() < 0.65
    shares = asked["flue_gas_c"].isna().groupby(asked["office"]).mean()
    assert shares.max() - shares.min() > 0.7
    adviser = train[train["office"] == "energy adviser"]
    assert adviser.loc[adviser["roof_insulation_cm"].isna(), "demand_mwh"].mean() > adviser["demand_mwh"].mean() + 0.5


def test_scans_are_noisy_where_they_are_clean() -> None:
    train = generate("scans").train
    noisy = train[[c for c in train.columns if c.startswith("n")]].to_numpy(dtype=float)
    clean = train[[c for c in train.columns if c.startswith("c")]].to_numpy(dtype=float)
    assert noisy.shape == clean.shape == (900, 144)
    assert 0.1 < (clean > 50).mean() < 0.4
    assert 0.3 < np.corrcoef(noisy.ravel(), clean.ravel())[0, 1] < 0.85
