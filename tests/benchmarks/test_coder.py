"""What the coder answers to each turn, how often it fails, and that all of it comes from its seeds."""

from __future__ import annotations

import json

import pytest

from benchmarks.imperfect.breaking import Slips, favourite
from benchmarks.imperfect.coder import Mind, Reply, reply
from benchmarks.imperfect.judging import review_call
from benchmarks.imperfect.profiles import PROFILES
from benchmarks.imperfect.reading import read_prompt
from benchmarks.imperfect.script import Script, bugs, read_script
from tui_aide.code.extraction import extract
from tui_aide.code.preflight import Surroundings, imported_modules, preflight
from tui_aide.execution.library import InterpreterLibrary
from tui_aide.tasks.bundled import generate

TASK = "friedman"
BROKEN = Script(TASK, 3, ("import/tabular_boost",))
EXACT = "crash. ModuleNotFoundError: No module named 'tabular_boost'"


def loose() -> int:
    """A model seed at which the 14b model is hardly gripped by its favourite bug."""
    return next(s for s in range(500) if favourite("14b", TASK, s)[1] < 0.02)


def answers(turn: str, size: str = "14b", count: int = 200) -> list[Reply]:
    mind = Mind(size, TASK, loose())
    return [
        reply(mind, f"# Task: kiln\n\n{turn}\n\n# How to answer\n\nA plan, then ```python.\n", s) for s in range(count)
    ]


def scripts(found: list[Reply]) -> list[Script]:
    codes = [extract(r.answer).code for r in found]
    return [s for code in codes if code and (s := read_script(TASK, code)) is not None]


def shown(script: Script) -> str:
    return f"```python\n{script.text()}```\n"


def share_mended(failure: str) -> float:
    made = scripts(answers(f"# Your turn: repair this script\n\nIt failed: {failure}\n\n{shown(BROKEN)}"))
    return sum(BROKEN.bugs[0] not in s.bugs for s in made) / len(made)


def test_the_same_seeds_give_the_same_answer_and_others_another() -> None:
    mind = Mind("14b", TASK, 3)
    assert reply(mind, "# Your turn: a first draft", 5) == reply(mind, "# Your turn: a first draft", 5)
    drawn = {reply(Mind("14b", TASK, m), p, s).answer for m in (1, 2) for p in ("a", "b") for s in (1, 2)}
    assert len(drawn) > 4


def test_a_bug_is_mended_far_oftener_when_it_is_named() -> None:
    exact, vague = share_mended(EXACT), share_mended("crash. exit code 1")
    assert exact == pytest.approx(PROFILES["14b"].repair, abs=0.12)
    assert vague == pytest.approx(PROFILES["14b"].blind, abs=0.06)


def test_a_favourite_bug_gives_way_to_a_remedy_only_where_the_model_heeds_it() -> None:
    seed = next(
        s for s in range(500) if favourite("14b", TASK, s)[1] > 0.99 and favourite("14b", TASK, s)[0] == "name/np"
    )
    script = Script(TASK, 3, ("name/np",))
    symptom = "NameError: name 'np' is not defined"
    remedy = "line 9: name 'np' is not defined: add `import numpy as np`"

    def mended(heed: float, told: str) -> float:
        prompt = f"# Your turn again: the script was checked and not run\n\n{shown(script)}\n\n{told}"
        made = scripts([reply(Mind("14b", TASK, seed, heed), prompt, s) for s in range(200)])
        return sum("name/np" not in s.bugs for s in made) / len(made)

    assert mended(0.0, remedy) < 0.03
    assert mended(1.0, symptom) < 0.03
    assert mended(1.0, remedy) == pytest.approx(PROFILES["14b"].repair, abs=0.12)


def test_words_of_the_contract_name_no_bug() -> None:
    turn = f"# Your turn: repair this script\n\nIt failed: exit code 1\n\n{shown(BROKEN)}"
    prompt = f"# Task\n\nNo tabular_boost here.\n\n{turn}"
    assert not bugs(TASK)["import/tabular_boost"].named_by(read_prompt(prompt).told)


def test_instructions_are_carried_out_where_they_name_the_cause() -> None:
    turn = "# Your turn again: revise the script by these instructions"
    advice = bugs(TASK)["import/tabular_boost"].advice
    told = scripts(answers(f"{turn}\n\n{shown(BROKEN)}\n\nThe review of it:\n\n1. {advice}\n"))
    untold = scripts(answers(f"{turn}\n\n{shown(BROKEN)}\n\nThe review of it:\n\n1. Scale the features.\n"))
    mended = [sum(BROKEN.bugs[0] not in s.bugs for s in made) / len(made) for made in (told, untold)]
    assert mended[0] > 0.4 > 0.2 > mended[1]


def test_reviews_hold_no_code_and_name_the_cause_at_times() -> None:
    turn = "# Your turn again: review the failed script"
    found = answers(f"{turn}\n\n{shown(BROKEN)}\n\nIt failed: {EXACT}\n")
    assert not any("```" in r.answer for r in found)
    named = sum("tabular_boost" in r.answer for r in found) / len(found)
    assert named == pytest.approx(PROFILES["14b"].critique, abs=0.12)


def test_five_parts_written_one_by_one_make_a_script() -> None:
    mind, before = Mind("32b", TASK, 0), ""
    whole = None
    for seed in range(200):
        before = "# nothing yet\n"
        for number, name in enumerate(("load", "features", "model", "train", "predict"), 1):
            prompt = f"# Your turn: part {number} of 5: {name}\n\nThe parts before:\n\n```python\n{before}```\n"
            code = extract(reply(mind, prompt, seed).answer).code
            before += code or ""
        whole = read_script(TASK, before)
        if whole is not None and not whole.bugs and "submission" in before:
            break
    assert whole is not None
    assert before.removeprefix("# nothing yet\n").split() == whole.text().split()


def test_comparisons_are_a_little_better_than_chance() -> None:
    better, worse = Script(TASK, 6), Script(TASK, 2)
    found = answers(
        f"# Compare two scripts\n\nScript A:\n\n{shown(worse)}\n\nScript B:\n\n{shown(better)}\n", count=600
    )
    told = [json.loads(r.answer)["better"] for r in found if not r.endless]
    assert told.count("B") / len(told) == pytest.approx(0.615, abs=0.06)


def test_plans_are_valued_one_number_each() -> None:
    found = [r for r in answers("# Value these plans\n\n## Plan 1\n\na\n\n## Plan 2\n\nb\n") if not r.endless]
    assert {len(json.loads(r.answer)["values"]) for r in found} == {2}


def test_a_plan_holds_no_code() -> None:
    assert not any("```" in r.answer for r in answers("# First, only a plan\n\nWrite no code."))


def test_failures_of_one_model_go_together() -> None:
    firm = [s for s in range(200) if favourite("14b", TASK, s)[1] > 0.99 and Slips("14b", TASK, s).favourite_bug]
    for seed in firm[:5]:
        bug = Slips("14b", TASK, seed).favourite_bug
        made = [reply(Mind("14b", TASK, seed), "# Your turn: a first draft\n", s).answer for s in range(40)]
        drafts = [d for a in made if (c := extract(a).code) and (d := read_script(TASK, c)) is not None]
        assert len(drafts) > 20
        assert sum(bug in d.bugs for d in drafts) / len(drafts) > 0.9


async def test_bugs_that_can_be_seen_are_those_that_the_preflight_finds() -> None:
    library = InterpreterLibrary()
    columns = tuple(generate(TASK).train.columns)
    around = Surroundings(
        {"input/train.csv": columns, "input/test.csv": tuple(c for c in columns if c != "energy_kwh")}, "energy_kwh"
    )
    for name, bug in bugs(TASK).items():
        code = Script(TASK, 3, (name,)).text()
        await library.learn(imported_modules(code))
        found = preflight(code, around, library)
        assert bool(found) == bug.visible if not bug.harmless else not found, name
        assert all(bug.named_by(f.message) for f in found), (name, found)


def test_a_review_by_function_call_believes_what_is_printed() -> None:
    good = review_call("# Execution output\n```\nvalidation score: 0.9987\nsubmission written: 3 rows\n```", {})
    bad = review_call("# Execution output\n```\nTraceback (most recent call last)\nKeyError: 'x'\n```", {})
    assert (good["is_bug"], good["metric"], bad["is_bug"], bad["metric"]) == (False, 0.9987, True, None)
