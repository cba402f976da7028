"""The blend at the end of a search, with real scripts and scores."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.doubles import FirstLineScorer
from tests.engine.ending import RealSearch, script
from tests.engine.search import Search
from tui_aide.engine.best import Ending
from tui_aide.sessions.summary import summarise
from tui_aide.tasks.final_reports import EnsembleReport
from tui_aide.tasks.invalid_submission import ScoringFailed
from tui_aide.tree import events as ev


def noisy(place: Path, nodes: int = 6) -> RealSearch:
    return RealSearch(place, lambda r: script(r.proposal.number, noise=1.0), nodes)


def error(text: str, task: Path) -> float:
    with (task / "test.csv").open() as file:
        truth = {r["id"]: 3 * float(r["a"]) for r in csv.DictReader(file)}
    given = {r["id"]: float(r["y"]) for r in csv.DictReader(text.splitlines())}
    assert given.keys() == truth.keys()
    return sum((given[i] - truth[i]) ** 2 for i in truth) / len(truth)


async def test_nodes_with_errors_of_their_own_are_handed_in_as_a_blend(tmp_path: Path) -> None:
    search = noisy(tmp_path)
    await search.run()
    (event,) = search.events(ev.EnsembleMade)
    assert event.kept, event.reason
    assert len(event.members) >= 3
    assert sum(m.weight for m in event.members) == 1
    singles = [(search.folder.node(n) / "submission.csv").read_text() for n in range(6)]
    assert error(search.best(), search.task) < min(error(text, search.task) for text in singles)
    assert search.tree.selected is not None
    chosen = search.folder.node(search.tree.selected)
    assert search.best("solution.py") == (chosen / "solution.py").read_text()
    told = json.loads(search.best("ensemble.json"))
    assert [(m["node"], m["weight"]) for m in told["members"]] == [(m.node, m.weight) for m in event.members]
    for member in told["members"]:
        assert search.best(member["script"]) == (search.folder.node(member["node"]) / "solution.py").read_text()
    assert search.events(ev.RefitStarted) == []  # a blend is not refitted
    best = summarise(search.folder, search.tree)["best"]
    assert best["ensemble"]["members"] == [{"node": m.node, "weight": m.weight} for m in event.members]
    assert (best["ensemble"]["gain"], best["refit"]) == (event.gain, None)


async def test_a_resume_that_changes_nothing_blends_nothing_anew_and_publishes_the_blend(tmp_path: Path) -> None:
    search = noisy(tmp_path)
    await search.run()
    before = search.best()
    shutil.rmtree(search.folder.best)
    await search.run()
    assert search.best() == before
    assert len(search.events(ev.EnsembleMade)) == len(search.events(ev.SelectionMade)) == 1
    search.budget = ev.Budget(nodes=7)
    await search.run()
    assert len(search.events(ev.EnsembleMade)) == 2


async def test_a_blend_whose_file_is_gone_gives_way_to_the_selected_node(tmp_path: Path) -> None:
    search = noisy(tmp_path)
    await search.run()
    (search.folder.path / "final" / "ensemble.csv").unlink()
    await search.run()
    assert search.tree.selected is not None
    assert search.best() == (search.folder.node(search.tree.selected) / "submission.csv").read_text()
    assert not (search.folder.best / "ensemble.json").exists()


async def test_scripts_that_do_the_same_make_no_blend(tmp_path: Path) -> None:
    search = RealSearch(tmp_path, lambda r: script(noise=0.1) + f"# {r.proposal.number}\n", nodes=3)
    await search.run()
    (event,) = search.events(ev.EnsembleMade)
    assert (event.kept, event.members) == (False, ())
    assert "no blend scores better" in event.reason
    assert not (search.folder.best / "ensemble.json").exists()
    best = summarise(search.folder, search.tree)["best"]
    assert best["ensemble"] is None


async def test_none_where_it_is_switched_off_or_there_is_one_node(tmp_path: Path) -> None:
    off = noisy(tmp_path / "off")
    off.ending = Ending(ensemble=False)
    off.place.mkdir()
    await off.run()
    one = noisy(tmp_path / "one", 1)
    one.place.mkdir()
    await one.run()
    assert off.events(ev.EnsembleMade) == one.events(ev.EnsembleMade) == []


async def test_a_scorer_that_fails_keeps_the_selected_node(tmp_path: Path) -> None:
    class Failing(FirstLineScorer):
        async def ensemble(self, node_folders: Sequence[Path], selected: int, goal: Path) -> EnsembleReport:
            raise ScoringFailed("the metric took too long")

    search = Search(tmp_path, ev.Budget(nodes=6), scorer=Failing())
    await search.run()
    assert search.tree.status == "finished"
    assert search.tree.ensemble is not None
    assert (search.tree.ensemble.kept, search.tree.ensemble.reason) == (False, "the metric took too long")
    assert search.tree.ensemble.candidates == tuple(n.id for n in search.tree.ranked()[:10])
