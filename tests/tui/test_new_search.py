from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import write_task
from tests.tasks.folders import table, write_folder
from tests.tui.filling import Filler, only_builtin, runners_ended
from tests.tui.watching import SMALL, USUAL, WIDE, watching
from tests.vllm_double import Double
from tui_aide.sessions.places import all_sessions
from tui_aide.tree.events import Budget
from tui_aide.tui.screens.ask import QuestionDialog
from tui_aide.tui.screens.home import HomeScreen
from tui_aide.tui.screens.pick import PickScreen
from tui_aide.tui.screens.search import SearchScreen


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty place of sessions, with nobody at the usual addresses, in a folder where tasks can be put."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUI_AIDE_SESSIONS_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))
    with runners_ended(tmp_path / "sessions"):
        yield tmp_path / "sessions"


async def test_a_walk_by_keys_from_home_to_a_running_search(place: Path, tmp_path: Path) -> None:
    write_task(tmp_path / "tiny")
    async with watching(place=place, size=SMALL, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await w.press(*"tin", "right")  # completes the path; "ti" is that of a bundled task, too
        await w.until(lambda: form.field("task").input.value == "tiny/")
        await w.press("tab", "tab", "tab", "tab", "tab")
        assert form.field("model").has_focus_within
        await w.press("enter")
        await w.until(lambda: isinstance(w.app.screen, PickScreen))
        await w.press(*"built", "enter")
        await w.until(lambda: form.field("model").input.value == "builtin")
        for _ in range(7):
            await w.press("down")
        assert form.field("nodes").has_focus_within
        await w.press("2")
        form.field("name").input.focus()
        await w.press(*"walk")
        await form.ready()
        await w.shows("✓ ready")
        assert form.screen.form.line() == "tui-aide run tiny/ --model builtin --nodes 2 --name walk"
        await w.press("ctrl+g")
        await w.until(lambda: isinstance(w.app.screen, SearchScreen), 60)
        assert w.search.folder.path == place / "walk"
        config = w.search.folder.config()
        assert config.budget == Budget(nodes=2)
        assert (config.search.model, config.search.strategy, config.search.workers) == ("builtin", "single", 1)
        await w.press("q")
        await w.until(lambda: isinstance(w.app.screen, HomeScreen))
        await w.shows("walk")


async def test_a_walk_by_mouse_from_home_to_a_running_search(place: Path, tmp_path: Path) -> None:
    write_task(tmp_path / "tiny")
    async with watching(place=place, size=USUAL, list_models=only_builtin) as w:
        await w.shows("No session yet.")
        rows = w.screen_text().split("\n")
        await w.pilot.click(offset=(rows[-1].index("New search") + 1, len(rows) - 1))
        form = await Filler.opened(w)
        await form.click(form.field("task").query("_Mark").first())
        await form.click_text("has the data of a task")
        await w.until(lambda: form.field("task").input.value == str(tmp_path / "tiny"))
        await form.ready()
        await form.click(form.screen.query_one("#start"))
        await w.until(lambda: isinstance(w.app.screen, SearchScreen), 60)
    (session,) = all_sessions(place)
    assert session.config().task.source == str(tmp_path / "tiny")


async def test_a_start_that_is_broken_off_leaves_nothing(place: Path, tmp_path: Path) -> None:
    write_task(tmp_path / "tiny")
    async with watching(place=place, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "tiny")
        await form.ready()
        await w.press("ctrl+g")
        await w.until(lambda: "reading" in form.desk.said, 30)
        await w.press("escape")
        await w.shows("broken off")
        await form.ready()
        assert w.app.screen is form.screen
        await w.press("escape")
        await w.until(lambda: isinstance(w.app.screen, HomeScreen))
        await w.until(lambda: not [p for p in place.iterdir() if not p.name.startswith(".")])


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_the_data_and_the_guesses_stand_beside_the_form(
    place: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    write_folder(tmp_path / "toy", table(60), table(20, first_id=60).drop(columns="y"))
    async with watching(place=place, size=size, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "toy")
        await form.ready()
        await w.until(lambda: form.desk.columns is not None, 30)
        await w.shows("y · the one column that train.csv has")
        await w.shows("roc_auc")
        if size == SMALL:
            await w.press("f2")
        await w.shows("60 rows × 4 columns")
        await w.shows("categorical")
        if size == SMALL:
            await w.press("f2")
        await w.shows('name = "toy"')
        if size == SMALL:
            await form.click_text("Estimate")
        await w.shows("builtin, single, greedy")
        assert "unknown" in w.screen_text()
    assert not (tmp_path / "toy" / "task.toml").exists()


async def test_bad_values_stand_at_their_fields_with_the_remedy(place: Path, tmp_path: Path) -> None:
    write_task(tmp_path / "tiny")
    async with watching(place=place, size=WIDE, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "tiny")
        await form.put("nodes", "many")
        await form.wrong("nodes", "write for example 40")
        await w.press("ctrl+g")
        assert form.field("nodes").has_focus_within
        await form.put("nodes", "")
        await form.put("time", "2 hours")
        await form.wrong("time", "30m")
        await form.put("time", "")
        await form.put("strategy", "self-consistncy")
        await form.wrong("strategy", "Did you mean 'self-consistency'?")
        await w.shows("Did you mean 'self-consistency'?")
        await form.put("strategy", "")
        await form.put("policy", "gredy")
        await form.wrong("policy", "Did you mean 'greedy'?")
        await form.put("policy", "")
        await form.put("server", "http://127.0.0.1:9")
        await form.wrong("server", "no model server answers there")
        await form.put("server", "")
        await form.put("name", "[b] x")
        await form.wrong("name", "is no name for a session")
        (place / "taken").mkdir(parents=True)
        await form.put("name", "taken")
        await form.wrong("name", "there is a session of this name")
        await form.put("name", "")
        await form.put("target", "yy")
        await form.wrong("target", "Did you mean 'y'?")
        await form.put("target", "")
        await form.ready()


async def test_a_folder_that_is_none_and_one_without_data_say_so(place: Path, tmp_path: Path) -> None:
    (tmp_path / "[b]empty").mkdir()
    async with watching(place=place, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "digitz")
        await form.wrong("task", "Did you mean 'digits'?")
        await form.put("task", "[b]empty")
        await form.wrong("task", "the folder is empty; put train.csv and test.csv there")
        await w.shows("[b]empty")


async def test_where_no_target_is_found_one_is_chosen_and_task_toml_written_when_asked(
    place: Path, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "toy", table(60), toml="")
    async with watching(place=place, size=WIDE, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "toy")
        await form.wrong("target", 'add target = "y" or another here')
        form.field("target").input.focus()
        await w.press("enter")
        await w.until(lambda: isinstance(w.app.screen, PickScreen))
        await w.press("y", "enter")
        await form.ready()
        await w.shows("task.toml is written first")
        await w.press("ctrl+g")
        await w.until(lambda: isinstance(w.app.screen, QuestionDialog))
        await w.press("n")
        assert not (folder / "task.toml").exists()
        await w.press("ctrl+t")
        await w.until(lambda: (folder / "task.toml").exists(), 30)
        assert 'target = "y"' in (folder / "task.toml").read_text()
        await w.until(lambda: not form.screen.form.changes(), 30)
        await form.ready()


async def test_a_task_toml_that_is_there_is_replaced_only_when_the_user_says_so(place: Path, tmp_path: Path) -> None:
    folder = write_task(tmp_path / "tiny")
    before = (folder / "task.toml").read_text()
    async with watching(place=place, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "tiny")
        await form.put("metric", "mae")
        await form.ready()
        for answer in ("n", "y"):
            await w.press("ctrl+t")
            await w.until(lambda: isinstance(w.app.screen, QuestionDialog))
            assert (folder / "task.toml").read_text() == before
            await w.press(answer)
            await w.pilot.pause()
        await w.until(lambda: 'metric = "mae"' in (folder / "task.toml").read_text(), 30)
        assert "holdout = 0.4" in (folder / "task.toml").read_text()


async def test_a_bundled_task_from_the_home_screen_is_fixed(place: Path) -> None:
    async with watching(place=place, list_models=only_builtin) as w:
        await w.shows("No session yet.")
        await w.press("tab", *["down"] * 5, "enter")
        form = await Filler.opened(w)
        assert form.field("task").input.value == "small-data"
        await form.ready()
        await w.shows("as task.toml says")
        await form.put("metric", "mae")  # what it has anyway
        await form.ready()
        await form.put("metric", "rmse")
        await form.wrong("metric", "a bundled task is fixed")


async def test_names_with_markup_are_shown_as_they_are(place: Path, tmp_path: Path) -> None:
    frame = table(60).rename(columns={"color": "[red]color[/]", "y": "[bold]y"})
    frame["[red]color[/]"] = "[blink]x"
    write_folder(tmp_path / "[u]toy", frame, frame.drop(columns="[bold]y"))
    async with watching(place=place, size=WIDE, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "[u]toy")
        await form.ready()
        await w.until(lambda: form.desk.columns is not None, 30)
        for words in ("[red]color[/]", "[blink]x", "[bold]y · the one column", "tui-aide run '[u]toy'"):
            await w.shows(words)


async def test_what_was_filled_in_is_kept_when_the_form_is_left(place: Path, tmp_path: Path) -> None:
    write_task(tmp_path / "tiny")
    async with watching(place=place, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "tiny")
        await form.put("nodes", "7")
        await w.press("escape")
        form = await Filler.open(w)
        assert form.field("task").input.value == "tiny"
        assert form.field("nodes").input.value == "7"
        await form.ready()


async def test_the_command_line_can_be_copied(place: Path) -> None:
    async with watching(place=place, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "a b")
        await form.put("workers", "3")
        await w.press("ctrl+y")
        assert w.app.clipboard == "tui-aide run 'a b' --workers 3"


async def test_folders_are_opened_until_one_is_a_task(place: Path, tmp_path: Path) -> None:
    write_task(tmp_path / "data" / "inner" / "tiny")
    async with watching(place=place, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await w.press("enter")
        for part in ("data", "inner", "tiny"):
            await w.until(lambda: isinstance(w.app.screen, PickScreen))
            await w.shows(f"{part}/ ")
            await w.press(*part, "enter")
            await w.pilot.pause()
        await w.until(lambda: form.field("task").input.value == str(tmp_path / "data" / "inner" / "tiny"))


async def test_what_is_seldom_needed_folds_and_opens_by_keys_and_mouse(place: Path, tmp_path: Path) -> None:
    write_task(tmp_path / "tiny")
    async with watching(place=place, size=SMALL, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "tiny")
        form.field("name").input.focus()
        await w.press("down")
        assert form.screen.fold.has_focus
        await w.shows("What is seldom needed")
        await w.press("enter", "down")
        assert form.field("planner").has_focus_within
        await w.shows("Who plans")
        await form.put("max_tokens", "9k")
        await w.until(lambda: "--max-tokens 9000" in form.screen.form.line())
        form.screen.fold.focus()
        await w.press("space")
        await w.shows("1 filled in")
        await w.until(lambda: not form.field("max_tokens").region.height)
        await form.click_text("1 filled in")
        await w.until(lambda: form.field("max_tokens").region.height)


@pytest.mark.slow
async def test_a_problem_in_what_is_folded_opens_it_and_starting_goes_there(place: Path, tmp_path: Path) -> None:
    write_task(tmp_path / "tiny")
    async with watching(place=place, size=SMALL, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "tiny")
        await form.put("model", "builtin")
        await form.put("gpu", "share")
        await form.wrong("gpu", "needs a model server")
        assert form.screen.fold.opened
        await form.put("gpu", "")
        await form.put("python", "no/such/python")
        await form.wrong("python", "--python")
        await form.put("python", "")
        await form.put("planner", "big")
        await form.wrong("planner", "--role needs a model server")
        form.screen.fold.put(False)
        form.field("task").input.focus()
        await w.press("ctrl+g")
        await w.until(lambda: form.field("planner").has_focus_within and form.field("planner").region.height)


async def test_an_executor_shows_its_own_fields(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such/socket")
    write_task(tmp_path / "tiny")
    async with watching(place=place, size=WIDE, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "tiny")
        await w.until(lambda: form.field("sandbox").display and not form.field("image").display)
        await form.put("executor", "ray")
        await w.until(lambda: form.field("ray_address").display and not form.field("sandbox").display)
        await form.put("ray_gpus", "0.5")
        await form.put("executor", "local")
        await form.wrong("ray_gpus", "--ray-gpus goes with --executor ray")
        await form.put("ray_gpus", "")
        await form.put("executor", "docker")
        await w.until(lambda: form.field("mounts").display and not form.field("ray_gpus").display)
        await form.wrong("executor", "docker")


async def test_the_estimate_asks_the_server_that_is_named(place: Path, tmp_path: Path, double: Double) -> None:
    write_task(tmp_path / "tiny")
    async with watching(place=place, size=WIDE, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await form.put("task", "tiny")
        await form.put("server", double.url)
        await form.ready()
        assert form.desk.settled is not None
        assert form.desk.settled.server == double.url
        assert form.desk.settled.speed is not None
        await w.shows("speed")
