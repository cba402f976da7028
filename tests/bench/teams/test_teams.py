from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from tui_aide.bench.teams import making
from tui_aide.bench.teams.families import (
    classifiers,
    constant,
    grade_models,
    image_classifiers,
    mean_regressors,
    pipelines,
    regressors,
    text_classifiers,
)
from tui_aide.bench.teams.gate import gap
from tui_aide.bench.teams.making import Entry, blend, enter
from tui_aide.bench.teams.phrases import clauses, corrected
from tui_aide.bench.teams.picture_families import photograph_classifiers, scan_cleaners
from tui_aide.bench.teams.pictures import projections
from tui_aide.bench.teams.pipeline import Pipeline, aligned, chances, cut
from tui_aide.bench.teams.rows import TeamRows, team_rows
from tui_aide.bench.teams.strong import STRONG
from tui_aide.bench.teams.text_families import label_models, token_readers
from tui_aide.errors import UsageError
from tui_aide.tasks.bundled import BUNDLED, generate

OTHERS = ("remarks", "readings", "scans", "tiles", "patchwork")
CHEAP = (
    "logistic regression",
    "ridge, logarithm",
    "slow boosting",
    "small tree",
    "naive Bayes on components",
    "multinomial naive Bayes, TF-IDF",
    "logistic regression, words",
    "rules for numbers years",
    "ridge on windows of 3",
    "logistic regression on figures",
)


def _small(name: str, rows: int = 160, test_rows: int = 80) -> TeamRows:
    found = team_rows(BUNDLED[name], generate(name))
    chosen = np.linspace(0, len(found.x) - 1, rows).astype(int)
    return replace(
        found,
        x=found.x.iloc[chosen],
        y=found.y.iloc[chosen],
        z=found.z.iloc[:test_rows],
        truth=found.truth[:test_rows],
    )


@pytest.mark.parametrize(
    "name", ["digits", "friedman", "rare-events", "tumours", "small-data", "leaky", "ordinal", "docstrings", *OTHERS]
)
def test_scores_are_the_ones_that_the_task_is_graded_by(name: str) -> None:
    from benchmarks.reference_scores import score

    rows = _small(name)
    cheap = next(p for p in pipelines(rows) if p.name in CHEAP)
    predictions = cheap.predict(rows, 0)
    assert predictions.shape[0] == len(rows.z)
    codes = len(rows.classes) and not rows.metric.decoded
    truth: pd.Series | pd.DataFrame = pd.Series(rows.classes[rows.truth] if codes else list(rows.truth))
    if rows.several:
        truth = pd.DataFrame(rows.truth)
    submitted = rows.submitted(predictions)
    assert rows.score(predictions) == pytest.approx(score(rows.metric.name, truth, submitted), rel=1e-6)


@pytest.mark.parametrize("name", ["tumours", "friedman", "ordinal", "docstrings", *OTHERS])
def test_models_beat_the_constant(name: str) -> None:
    rows = _small(name, 400, 300)
    cheap = next(p for p in pipelines(rows) if p.name in CHEAP)
    sign = 1 if rows.metric.direction == "max" else -1
    assert sign * rows.score(cheap.predict(rows, 0)) > sign * rows.score(constant(rows).predict(rows, 0))


@pytest.mark.parametrize(
    "family",
    [
        classifiers(),
        regressors(logarithms=True),
        regressors(logarithms=False),
        mean_regressors(),
        grade_models(),
        image_classifiers(),
        text_classifiers("words"),
        label_models("remark", ["stars"]),
        photograph_classifiers({}),
        scan_cleaners(),
        token_readers(),
    ],
)
def test_teams_of_a_family_have_different_names(family: list[Pipeline]) -> None:
    names = [(pipeline.name, pipeline.frames) for pipeline in family]
    assert len(set(names)) == len(names) >= 17
    assert sum(pipeline.blendable for pipeline in family) >= 8


def test_parts_are_random_rows_or_the_latest_ones_of_a_task_in_time_order() -> None:
    rows = _small("tumours")
    part = rows.part(0.25, 1)
    assert len(part.x) == len(part.y) == 40
    assert part.x.index.equals(part.y.index)
    assert not part.x.index.equals(rows.part(0.25, 2).x.index)
    late = replace(rows, by_time=True).part(0.25, 1)
    assert late.x.index.equals(rows.x.index[-40:])
    assert rows.part(1.0, 1) is rows


def test_classes_that_no_training_row_has_are_still_predicted() -> None:
    rows = replace(_small("digits"), classes=np.arange(10))
    shares = aligned(np.array([[0.25, 0.75]]), np.array([2, 5]), rows)
    assert shares.shape == (1, 10)
    assert shares.sum() == pytest.approx(1)
    assert shares[0, 5] == pytest.approx(0.75, abs=1e-4)
    assert shares[0, 0] > 0


def test_grades_are_cut_as_frequent_as_they_are_in_training() -> None:
    rows = replace(_small("ordinal"), y=pd.Series([1, 1, 2, 3]), classes=np.array([1, 2, 3]))
    assert cut(np.array([0.1, 0.2, 0.3, 0.4]), rows).tolist() == [1, 1, 2, 3]
    shares = [rows.as_shares(np.array(labels)) for labels in ([1, 1, 3, 3], [1, 2, 2, 3])]
    assert blend(shares, [3, 1], rows).argmax(axis=1).tolist() == [0, 0, 1, 2]


def test_values_are_not_below_what_the_metric_takes() -> None:
    rows = _small("friedman")
    assert rows.submitted(np.array([-3.0, 2.0])).tolist() == [0.0, 2.0]


def test_a_leaderboard_has_a_hundred_teams_and_is_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    guesses = [partial(DummyClassifier, strategy="stratified", random_state=seed) for seed in range(6)]
    cheap = [Pipeline(f"guess {seed}", guess, columns="coded") for seed, guess in enumerate(guesses)]
    monkeypatch.setattr(making, "pipelines", lambda rows: cheap)
    monkeypatch.setitem(STRONG, "tumours", lambda data: np.linspace(0, 1, len(data.z)))
    told: list[str] = []
    rows = _small("tumours")
    first, second = enter(rows, told.append), enter(rows)
    assert [entry.team for entry in first] == [entry.team for entry in second]
    names = [entry.name for entry in first]
    assert len(set(names)) == len(names) == len(told) > 60
    assert names[0] == "constant"
    assert "strong" in names
    assert "guess 3, 20% of the rows" in names
    blends = [name for name in names if name.startswith("blend: ")]
    assert sum("strong" in name.split(" + ")[0] for name in blends) == pytest.approx(len(blends) / 2, abs=5)


def test_every_task_has_a_family_and_a_strong_solution() -> None:
    assert set(STRONG) == set(BUNDLED)
    for name in OTHERS:
        assert 17 <= len(pipelines(_small(name))) <= 32


def test_several_targets_of_no_known_kind_are_refused_in_one_line() -> None:
    rows = _small("remarks")
    with pytest.raises(UsageError, match="There are no teams for 'remarks'") as told:
        pipelines(replace(rows, x=rows.x[["stars"]]))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("name", "shape"), [("remarks", (80, 5)), ("scans", (80, 144))])
def test_several_targets_are_predicted_and_blended_column_by_column(name: str, shape: tuple[int, int]) -> None:
    rows = _small(name)
    cheap = next(p for p in pipelines(rows) if p.name in CHEAP)
    first, second = cheap.predict(rows, 0), constant(rows).predict(rows, 0)
    assert first.shape == second.shape == shape
    np.testing.assert_allclose(blend([first, second], [3, 1], rows), 0.75 * first + 0.25 * second)


def test_chances_of_several_labels_are_read_from_either_form() -> None:
    own = [np.array([[0.3, 0.7]]), np.array([[0.9, 0.1]])]
    assert chances(own).tolist() == [[0.7, 0.1]]
    assert chances(np.array([[0.7, 0.1]])).tolist() == [[0.7, 0.1]]


def test_texts_are_blended_by_votes_and_rows_that_belong_together_stay_so() -> None:
    rows = _small("readings", 600, 300)
    voted = blend([np.array(texts, dtype=object) for texts in (["one"], ["two"], ["two"])], [1, 1, 1], rows)
    assert voted.tolist() == ["two"]
    part = rows.part(0.5, 1)
    whole = set(rows.x["sentence"]) - set(part.x["sentence"])
    assert len(part.x) < len(rows.x)
    assert len(part.x) + rows.x["sentence"].isin(whole).sum() == len(rows.x)
    groups = pd.Series(rows.jackknife_groups(8)).groupby(rows.z["sentence"].to_numpy())
    assert (groups.nunique() == 1).all()


def test_rare_words_become_the_often_written_one_that_they_are_most_like() -> None:
    corpus = ["the box was crushed and late"] * 30 + ["the box was crsuhed ,  a giraffe"]
    assert corrected(corpus[-1:], corpus) == ["the box was crushed ,  a giraffe"]
    assert clauses("the box was crushed and late. but as ever; twice") == [
        "the box was crushed", "late", "but as ever", "twice",
    ]  # fmt: skip


def test_sums_along_lines_tell_a_line_from_its_mirror_image_alone_by_how_steep_it_is() -> None:
    images = np.zeros((3, 20, 20))
    images[0, 7, :] = images[1, :, 7] = -1.0
    across, down, none = projections(images)
    assert across.shape == (24,)
    assert across[0] == pytest.approx(down[0])
    assert across[0] > none[0] == 0
    assert (across[5], down[5]) == pytest.approx((1.0, 0.0))


def test_gold_is_compared_with_the_median_on_the_same_rows() -> None:
    rows = _small("leaky", test_rows=400)
    rng = np.random.default_rng(0)

    def entry(place: int, noise: float) -> Entry:
        chance = np.clip(rows.truth * (1 - noise) + 0.5 * noise + rng.normal(0, 0.02, 400), 0, 1)
        predictions = np.stack([1 - chance, chance], axis=1)
        return Entry(str(place), predictions, rows.score(predictions))

    apart = gap(rows, [entry(place, 0.05 * place) for place in range(20)])
    assert apart.teams == 20
    assert apart.best <= apart.gold < apart.median
    assert apart.gain == pytest.approx(apart.median - apart.gold)
    assert apart.passes
    alike = gap(rows, [entry(place, 1.0) for place in range(20)])
    assert alike.errors < apart.errors
    assert not alike.passes
