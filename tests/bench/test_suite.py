"""Suites: read from TOML with every default filled in, refused with file, key and remedy, written and read the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tui_aide.bench.cell import Cell, cells_of, reference_of
from tui_aide.bench.suite_toml import BUNDLED, find_suite, parse_suite, write_suite
from tui_aide.errors import UsageError
from tui_aide.tree.budget import Budget

LEAST = "[models.builtin]\n[strategies.aide]\n[tasks.digits]\n"


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_suite_reads_the_same_after_it_was_written(name: str) -> None:
    suite = find_suite(name)
    assert suite.name == name
    assert parse_suite(write_suite(suite).decode(), "suite.toml", Path("/")) == suite


def test_the_least_suite_has_the_usual_budget_and_seeds() -> None:
    suite = parse_suite(LEAST, "my.toml", Path("/"))
    assert (suite.name, suite.budget, suite.run.seeds) == ("my", Budget(nodes=20), (0, 1, 2))
    assert suite.models["builtin"].model == "builtin"
    assert suite.strategies["aide"].specs == ("single", "greedy")
    assert suite.tasks["digits"].word == "digits"


def test_options_of_the_command_line_are_read_as_there() -> None:
    text = '[run]\nseeds = 2\ntimeout = "10m"\nmemory = "4g"\n[models.a]\nbase_url = "http://h:1/v1"\nworkers = 8\n'
    suite = parse_suite(text + LEAST, "my.toml", Path("/"))
    assert suite.run.seeds == (0, 1)
    assert suite.run.options.given() == {"timeout": 600.0, "memory": 4 << 30}
    assert suite.models["a"].options.given() == {"base_urls": ("http://h:1/v1",), "workers": 8}


def test_paths_start_from_the_suites_folder_and_are_kept_absolute(tmp_path: Path) -> None:
    (tmp_path / "houses").mkdir()
    (tmp_path / "answers.csv").write_text("id,y\n")
    text = '[models.builtin]\n[strategies.aide]\n[tasks.houses]\nfolder = "houses"\nanswers = "answers.csv"\n'
    (tmp_path / "my.toml").write_text(text)
    task = find_suite(str(tmp_path / "my.toml")).tasks["houses"]
    assert (task.folder, task.answers) == (str(tmp_path / "houses"), str(tmp_path / "answers.csv"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[budget]\nnode = 3\n" + LEAST, ["my.toml: [budget]", "'node'", "Did you mean 'nodes'"]),
        ("[budget]\nnodes = 0\n" + LEAST, ["[budget]: key 'nodes'", "at least 1"]),
        ('[budget]\ntime = "soon"\n' + LEAST, ["key 'time'", "no duration"]),
        ('[budget]\nnodes = 5\ntokens = "as:adie"\n' + LEAST, ["as:adie", "Did you mean 'aide'"]),
        ('[budget]\ntokens = "as:aide"\n' + LEAST, ["needs nodes"]),
        ("[run]\nseeds = [1, 1]\n" + LEAST, ["key 'seeds'", "twice"]),
        ("[run]\nseeds = []\n" + LEAST, ["key 'seeds'", "list of seeds"]),
        ("[run]\nparallel = 0\n" + LEAST, ["key 'parallel'", "at least 1"]),
        ('[run]\nsandbox = "bubble"\n' + LEAST, ["key 'sandbox'", "bwrap"]),
        (LEAST + '[tasks.x]\nbundled = "digit"\n', ["[tasks.x]", "Did you mean 'digits'"]),
        (LEAST + "[tasks.tumors]\n", ["[tasks.tumors]", "Did you mean 'tumours'", "or give a folder"]),
        (LEAST + '[tasks.x]\nbundled = "digits"\nfolder = "."\n', ["has both bundled and folder"]),
        (LEAST + '[tasks.x]\nfolder = "/nowhere"\n', ["key 'folder'", "no folder /nowhere"]),
        (LEAST + '[tasks.ordinal]\nanswers = "/etc/passwd"\n', ["key 'answers'", "goes with a folder"]),
        (LEAST + '[strategies.x]\npreset = "adie"\n', ["[strategies.x]: key 'preset'", "Did you mean 'aide'"]),
        (LEAST + '[strategies.x]\nstrategy = "best-of-m"\n', ["[strategies.x]", "Did you mean 'best-of-n'"]),
        (LEAST + '[strategies.x]\npreset = "aide"\nstrategy = "single"\n', ["both preset and strategy"]),
        (LEAST + "[models.x]\nserve = 1\n", ["[models.x]: key 'serve'", "true or false"]),
        (LEAST + '[models.x]\nserve = true\nbase_url = "http://h/v1"\n', ["serve = true", "base_url"]),
        ("[strategies.aide]\n[tasks.digits]\n", ["my.toml", "[models.NAME]"]),
        (LEAST.replace("[models.builtin]", '[models."a/b"]'), ["[models]", "'a/b' is no name"]),
        ('[run]\nparallel = 2\ngpu = "alternate"\n' + LEAST, ["key 'parallel'", 'gpu = "share"']),
        ("name = 3\n" + LEAST, ["key 'name'"]),
        ("model = 3\n" + LEAST, ["key 'model'", "Did you mean 'models'"]),
        ("[models", ["my.toml: not valid TOML"]),
    ],
)
def test_a_bad_suite_is_refused_in_a_line_with_the_key_and_the_remedy(text: str, words: list[str]) -> None:
    with pytest.raises(UsageError) as refused:
        parse_suite(text, "my.toml", Path("/"))
    message = str(refused.value)
    assert "\n" not in message
    assert all(word in message for word in words), message


def test_answers_within_the_tasks_folder_are_refused_even_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "houses").mkdir()
    (tmp_path / "houses" / "answers.csv").write_text("id,y\n")
    (tmp_path / "innocent.csv").symlink_to(tmp_path / "houses" / "answers.csv")
    text = LEAST + '[tasks.houses]\nfolder = "houses"\nanswers = "innocent.csv"\n'
    with pytest.raises(UsageError, match="scripts may see"):
        parse_suite(text, "my.toml", tmp_path)


def test_an_unknown_suite_offers_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'smoke'\?"):
        find_suite("smok")


def test_cells_come_model_by_model_and_seed_by_seed_with_strategies_in_turn() -> None:
    cells = cells_of(find_suite("thesis"))
    assert len(cells) == len(set(cells)) == len({c.id for c in cells}) == 3 * 6 * 10 * 3
    assert [c.model for c in cells] == ["7b"] * 180 + ["14b"] * 180 + ["32b"] * 180
    assert [c.seed for c in cells[:180]] == [0] * 60 + [1] * 60 + [2] * 60
    assert [c.strategy for c in cells[:2]] == ["aide", "aide-self-consistency"]


def test_the_reference_of_equal_tokens_comes_before_those_that_wait_for_it() -> None:
    text = '[models.m]\nmodel = "builtin"\n[strategies.b]\nstrategy = "single"\n[strategies.aide]\n[tasks.digits]\n'
    suite = parse_suite('[budget]\nnodes = 2\ntokens = "as:aide"\n' + text, "my.toml", Path("/"))
    first, second, *_ = cells_of(suite)
    assert (first.strategy, second.strategy) == ("aide", "b")
    assert reference_of(suite, first) is None
    assert reference_of(suite, second) == first


def test_ids_are_safe_and_distinct_where_names_are_long_or_hold_the_separator() -> None:
    cells = [
        Cell("a_b", "c", "t", 0),
        Cell("a", "b_c", "t", 0),
        Cell("x" * 60, "y" * 60, "z", 0),
        Cell("é", "s", "t", 0),
    ]
    ids = [c.id for c in cells]
    assert len(set(ids)) == 4
    assert all(len(i) <= 90 and i.isascii() and "/" not in i for i in ids)
    assert Cell("builtin", "aide", "digits", 3).id == "builtin_aide_digits_s3"


def test_reading_a_run_loads_nothing_heavy() -> None:
    code = "import tui_aide.bench.run_folder, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "numpy", "sklearn", "textual", "aiohttp", "scipy"} & set(done.stdout.split())


def test_competitions_take_place_and_interpreter_from_the_run_table(tmp_path: Path) -> None:
    text = '[run]\nmlebench_dir = "data"\nmlebench_python = "venv"\n' + LEAST.replace("[tasks.digits]", "[tasks.a]")
    suite = parse_suite(f'{text}mlebench = "spaceship-titanic"\n', "my.toml", tmp_path)
    assert suite.tasks["a"].word == f"mlebench:{tmp_path / 'data'}/spaceship-titanic"
    assert suite.tasks["a"].mlebench_python == str(tmp_path / "venv")
    assert parse_suite(write_suite(suite).decode(), "suite.toml", Path("/")) == suite


@pytest.mark.parametrize(
    ("id_", "message"), [("spaceship-titanik", "Did you mean 'spaceship-titanic'"), ("../data/x", "mlebench_dir")]
)
def test_a_wrong_competition_is_refused_with_the_remedy(id_: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_suite(LEAST.replace("[tasks.digits]", "[tasks.a]") + f'mlebench = "{id_}"\n', "my.toml", Path("/"))
