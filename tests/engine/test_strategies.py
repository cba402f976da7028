"""What each strategy asks, runs, keeps and tells, on a real engine with answers written beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.answering import Answers, PredictingScorer, script, searched
from tui_aide.engine.strategies import make_strategy
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens

FAILED = "Your turn again: the script was run and failed"
REVISE = "Your turn again: revise"


async def test_the_best_of_n_is_the_nodes_and_the_others_are_told_why_they_lost(tmp_path: Path) -> None:
    answers = {"": [script("score 0.3"), script("crash"), script("score 0.9"), script("score 0.5")]}
    search, model = await searched(tmp_path, "best-of-n(n=4)", answers)
    node = search.tree.nodes[0]
    assert node.score is not None
    assert (node.verdict, node.score.value) == ("valid", 0.9)
    assert node.tokens == Tokens(40, 12, 20)
    assert (node.samples, node.executions) == (4, 4)
    assert node.costs == {"script": Tokens(40, 12, 20)}
    assert [node.candidates[i].verdict for i in range(4)] == ["valid", "crash", "valid", "valid"]
    assert [c.number for c in node.candidates.values() if c.chosen] == [2]
    assert "the best of 3 valid candidates, of 4 made" in node.chosen_by
    assert node.candidates[2].note == "the best score of 3 valid ones"
    assert node.candidates[0].note == "0.6 behind the best"
    assert not node.candidates[0].plan, "its folder has it"
    assert "ValueError" in node.candidates[1].note
    assert search.store.read(0, "solution.py").startswith("# score 0.9")
    assert search.store.read(0, "candidates/0/solution.py").startswith("# score 0.3")
    assert search.store.read(0, "candidates/1/solution.py").startswith("# crash")
    assert not (search.folder.node(0) / "candidates" / "2" / "solution.py").exists(), "it is the node's own now"
    assert (search.folder.node(0) / "work" / "input" / "train.csv").is_file(), "the link leads where it did"
    assert (search.folder.node(0) / "candidates" / "0" / "work" / "input" / "train.csv").is_file()
    assert node.title
    assert "score 0.9" in node.plan
    seeds = [r.sampling.seed for r in model.requests]
    assert len(set(seeds)) == 4, "each candidate is drawn from a seed of its own"
    assert len({r.messages for r in model.requests}) == 1, "one prompt, so that the server's prefix cache serves it"
    assert len({r.request_id for r in model.requests}) == 4


async def test_where_no_candidate_is_valid_the_one_that_came_furthest_is_the_nodes(tmp_path: Path) -> None:
    search, _ = await searched(tmp_path, "best-of-n(n=3)", {"": ["A poem.", script("timeout"), script("crash")]})
    node = search.tree.nodes[0]
    assert node.verdict == "timeout"
    assert node.candidates[1].chosen
    assert "none of 3 candidates is valid" in node.chosen_by
    assert search.store.read(0, "solution.py").startswith("# timeout")


async def test_best_of_n_stops_when_enough_agree(tmp_path: Path) -> None:
    answers = {"": [script("score 0.3"), script("score 0.80"), script("score 0.805"), script("score 0.1")]}
    search, model = await searched(tmp_path, "best-of-n(n=9,agree=2)", answers)
    assert len(model.requests) == 4, "two, then two more, of which one is within one standard error of the best"
    assert search.tree.nodes[0].score is not None
    assert search.tree.nodes[0].score.value == 0.805
    once, model = await searched(
        tmp_path / "once", "best-of-n(n=9,agree=1)", {"": [script("crash"), script("score 1")]}
    )
    assert len(model.requests) == 2
    assert once.tree.nodes[0].valid


async def test_the_first_valid_one_cancels_the_rest_and_what_they_cost_is_counted(tmp_path: Path) -> None:
    model = Answers({"": [script("score 0.3")]}, pause=lambda r: 0.0 if r.sampling.seed == first else 30.0)
    first = -1

    def remember(request: object) -> float:
        nonlocal first
        first = request.sampling.seed if first < 0 else first  # type: ignore[attr-defined]
        return 0.0 if request.sampling.seed == first else 30.0  # type: ignore[attr-defined]

    model.pause = remember
    search, _ = await searched(tmp_path, "self-consistency(n=4,select=first)", {}, model=model)
    node = search.tree.nodes[0]
    assert node.valid
    assert len(model.cancelled) == 3
    assert node.tokens.reasoning == 12, "what the cancelled ones had thought"
    assert node.tokens.answer == 5
    assert [c.verdict for c in node.candidates.values()] == ["valid", "cancelled", "cancelled", "cancelled"]
    assert node.candidates[3].message == "another was valid first"
    finishes = [e.finish for e in search.events() if isinstance(e, ev.SampleFinished)]
    assert sorted(finishes) == ["cancelled", "cancelled", "cancelled", "stop"]


async def test_only_the_first_scripts_go_on_to_their_execution(tmp_path: Path) -> None:
    order: list[int] = []

    def pause(request: object) -> float:
        order.append(0)
        return 0.0 if len(order) <= 2 else 30.0

    model = Answers({"": [script("score 0.3"), script("score 0.4")]}, pause=pause)
    search, _ = await searched(tmp_path, "best-of-n(n=5,keep=2)", {}, model=model)
    node = search.tree.nodes[0]
    assert node.executions == 2
    assert len(model.cancelled) == 3
    assert node.candidates[4].message == "2 others had their scripts first"


async def test_candidates_that_predict_alike_outvote_a_better_score(tmp_path: Path) -> None:
    answers = {"": [script("score 0.95 1"), script("score 0.90 2"), script("score 0.91 2"), script("score 0.92 2")]}
    search, _ = await searched(tmp_path, "self-consistency(n=4)", answers, scorer=PredictingScorer())
    node = search.tree.nodes[0]
    assert node.score is not None
    assert node.score.value in (0.90, 0.91, 0.92)
    assert node.candidates[0].note.startswith("outvoted: its cluster has 1 of 4 votes and weighs 4")
    assert (node.candidates[0].cluster, node.candidates[0].weight) == (1, 4.0)
    assert {node.candidates[i].cluster for i in (1, 2, 3)} == {0}
    assert "3 of 4 valid candidates predict alike and weigh 6 of 10" in node.chosen_by
    scored, _ = await searched(tmp_path / "s", "self-consistency(n=4,select=score)", answers, scorer=PredictingScorer())
    best = scored.tree.nodes[0].score
    assert best is not None
    assert best.value == 0.95


async def test_a_traceback_goes_back_and_the_fix_is_run(tmp_path: Path) -> None:
    answers = {"": [script("crash")], FAILED: [script("timeout"), script("score 0.7")]}
    search, model = await searched(tmp_path, "self-debugging(rounds=2)", answers)
    node = search.tree.nodes[0]
    assert (node.verdict, node.executions, node.samples) == ("valid", 3, 3)
    assert node.costs == {"script": Tokens(10, 3, 5), "debugging": Tokens(20, 6, 10)}
    first, second, third = (r.messages[-1].content for r in model.requests)
    assert "ValueError: it crashed" in second
    assert second.startswith(first), "the prefix cache serves all but the end"
    assert "timeout" in third
    assert "it crashed" not in third.split("Your turn again")[1], "only the newest failure is shown"
    assert search.store.read(0, "solution-1.py").startswith("# crash")
    assert search.store.read(0, "solution-2.py").startswith("# timeout")
    assert "it crashed" in search.store.read(0, "output-1.log")
    assert [s.title for s in node.steps] == ["fix 1 of 2", "fix 2 of 2"]


async def test_a_fix_that_fails_alike_is_the_last(tmp_path: Path) -> None:
    search, model = await searched(tmp_path, "self-debugging(rounds=5)", {"": [script("crash")]})
    assert len(model.requests) == 2
    assert search.tree.nodes[0].verdict == "crash"
    assert search.tree.nodes[0].steps[-1].title.startswith("given up")


async def test_a_fix_without_a_script_leaves_the_failure_and_its_script(tmp_path: Path) -> None:
    search, _ = await searched(tmp_path, "self-debugging", {"": [script("crash")], FAILED: ["Sorry, no idea."]})
    assert search.tree.nodes[0].verdict == "crash"
    assert search.store.read(0, "solution.py").startswith("# crash")


async def test_a_critique_is_followed_by_a_revision(tmp_path: Path) -> None:
    answers = {
        "": [script("crash")],
        "Your turn again: review the failed script": ["It divides by nothing.\n1. Line 3: divide by one."],
        REVISE: [script("score 0.4")],
    }
    search, model = await searched(tmp_path, "self-reflection", answers)
    node = search.tree.nodes[0]
    assert node.valid
    assert list(node.costs) == ["script", "critique", "revision"]
    assert model.requests[1].role == "critic"
    assert "1. Line 3: divide by one." in model.requests[2].messages[-1].content
    answers["Your turn again: review the failed script"] = ["I see no mistake.\n\nNo specific errors found."]
    search, model = await searched(tmp_path / "n", "self-reflection", answers)
    assert search.tree.nodes[0].verdict == "crash"
    assert len(model.requests) == 2, "no revision without an instruction"


async def test_a_script_is_refined_before_it_runs(tmp_path: Path) -> None:
    answers = {
        "": [script("score 0.1")],
        "Your turn again: review the script against a checklist": ["1. Use the median.", "No specific errors found."],
        REVISE: [script("score 0.2")],
    }
    search, model = await searched(tmp_path, "self-refine(rounds=3)", answers)
    node = search.tree.nodes[0]
    assert node.score is not None
    assert node.score.value == 0.2
    assert node.executions == 1
    assert len(model.requests) == 4


async def test_a_script_is_written_in_segments_and_put_together(tmp_path: Path) -> None:
    parts = {
        "load": "import csv\nrows = [1, 2]",
        "features": "import csv\nrows = [1, 2]\nfeatures = rows",
        "model": "model = dict",
        "train": "fitted = model()",
        "predict": "with open('submission.csv', 'w') as file:\n    csv.writer(file).writerow(features)",
    }
    answers = {
        f"Your turn: part {i} of 5: {name}": [
            f"It does {name}.\n```python\n{'# score 1' if i == 1 else ''}\n{code}\n```"
        ]
        for i, (name, code) in enumerate(parts.items(), 1)
    }
    search, model = await searched(tmp_path, "prompt-chaining", answers)
    code = search.store.read(0, "solution.py")
    assert code.count("import csv") == 1
    assert code.count("rows = [1, 2]") == 1
    assert code.index("features = rows") < code.index("model = dict") < code.index("fitted =")
    assert len(model.requests) == 5
    assert "features = rows" in model.requests[2].messages[-1].content, "those before are in view"
    assert list(search.tree.nodes[0].costs) == [f"segment {name}" for name in parts]


async def test_a_segment_that_would_fail_is_asked_for_again(tmp_path: Path) -> None:
    broken = ["```python\nimport csvv\nrows = csvv.rows\n```", "```python\nrows = [1]\n```"]
    rest = {f"Your turn: part {i} of 5": [f"```python\nx{i} = {i}\n```"] for i in range(2, 5)}
    last = {"Your turn: part 5 of 5": ["```python\nwith open('submission.csv', 'w') as f:\n    f.write('1')\n```"]}
    search, model = await searched(tmp_path, "prompt-chaining", {"Your turn: part 1 of 5": broken, **rest, **last})
    assert len(model.requests) == 6
    assert "did you mean 'csv'" in model.requests[1].messages[-1].content
    failing = {"Your turn: part 1 of 5": broken[:1], **rest, **last}
    search, model = await searched(tmp_path / "f", "prompt-chaining(retries=0)", failing)
    assert search.tree.nodes[0].verdict == "preflight"
    assert search.tree.nodes[0].message.startswith("segment load: line 1")


async def test_the_plan_with_most_votes_is_followed(tmp_path: Path) -> None:
    answers = {
        "First, only a plan": ["Use trees.", "Use lines."],
        "Choose among these plans": ['{"best": 2}', "garbage", '{"best": 2}', '{"best": 1}'],
        "": [script("score 1")],
    }
    search, model = await searched(tmp_path, "planner(n=2)", answers)
    assert "# The plan to follow\n\nUse lines." in model.requests[-1].messages[-1].content
    assert {r.role for r in model.requests[:-1]} == {"planner"}
    assert search.tree.nodes[0].steps[-1].text == "Use lines."
    assert search.tree.nodes[0].costs["plan"] == Tokens(20, 6, 10)
    begun = [type(e) for e in search.events() if getattr(e, "purpose", "") == "vote"]
    assert begun == [ev.SampleStarted] * 2 + [ev.SampleFinished] * 2, "votes do not wait for each other"


async def test_the_valued_way_grows_into_the_plan(tmp_path: Path) -> None:
    answers = {
        "First, only a plan: its beginning": ["Begin A.", "Begin B."],
        "First, only a plan: the next step": ["Then C.", "Then D."],
        "Value these plans": ['{"values": [3, 8]}', '{"values": [9, 2]}'],
        "": [script("score 1")],
    }
    search, model = await searched(tmp_path, "tree-of-thoughts(breadth=2,depth=2)", answers)
    assert "# The plan to follow\n\nBegin B.\nThen C." in model.requests[-1].messages[-1].content
    assert "way 2 of 2, valued 3, 8" in search.tree.nodes[0].steps[0].title


async def test_only_the_script_that_the_comparisons_rank_first_is_run(tmp_path: Path) -> None:
    def compare(request: object) -> str:
        text = request.messages[-1].content.split("# Compare two scripts")[1]  # type: ignore[attr-defined]
        first = text.index("# score 0.2") < text.index("Script B") if "# score 0.2" in text else True
        return '{"better": "A"}' if first else '{"better": "B"}'

    scripts = [script("score 0.1"), script("score 0.2"), script("score 0.3")]
    answers: dict[str, list[object]] = {"": [*scripts], "Compare two scripts": [compare]}
    search, _ = await searched(tmp_path, "verifier(n=3)", answers)
    node = search.tree.nodes[0]
    assert node.score is not None
    assert (node.score.value, node.executions) == (0.2, 1)
    assert node.samples == 3 + 6
    assert node.candidates[1].chosen
    assert node.candidates[1].weight is not None
    assert node.candidates[1].weight > 0.5
    assert "by 6 comparisons" in node.chosen_by


async def test_thinking_that_is_too_short_goes_on(tmp_path: Path) -> None:
    search, model = await searched(tmp_path, "budget-forcing(minimum=8,maximum=500,waits=4)", {"": [script("score 1")]})
    assert [r.thought for r in model.requests] == ["", "Hm.\n\nWait", "Hm.\n\nWaitHm.\n\nWait"]
    assert [r.sampling.thinking_budget for r in model.requests] == [500, 497, 494], "all of it is 500 at most"
    assert search.tree.nodes[0].valid


async def test_the_form_asks_for_thoughts(tmp_path: Path) -> None:
    _, model = await searched(tmp_path, "chain-of-thought", {"": [script("score 1")]})
    assert "step by step" in model.requests[0].messages[-1].content


@pytest.mark.parametrize(
    ("spec", "samples", "executions"),
    [
        ("best-of-n(n=2)+self-debugging(rounds=1)", 4, 4),  # each of the two is debugged
        ("self-debugging(rounds=1)+best-of-n(n=2)", 4, 4),  # the chosen one is debugged by two candidates
        ("self-debugging(rounds=1)", 2, 2),
        ("single+single", 1, 1),
    ],
)
async def test_parts_wrap_each_other(tmp_path: Path, spec: str, samples: int, executions: int) -> None:
    answers = {"": [script("crash")], FAILED: [script("timeout")]}
    search, _ = await searched(tmp_path, spec, answers)
    node = search.tree.nodes[0]
    assert (node.samples, node.executions) == (samples, executions)
    assert node.verdict == ("timeout" if "debugging" in spec else "crash")
    assert node.strategy == make_strategy(spec).spec


async def test_the_recommended_chain_spends_on_what_fails_only(tmp_path: Path) -> None:
    spec = "best-of-n(n=4,agree=1)+self-debugging(rounds=2)+preflight(rounds=2)"
    bad = "```python\nimport csvv\ncsvv.x()\n```"
    answers = {"": [bad], "Your turn again: the script was checked": [script("crash")], FAILED: [script("score 1")]}
    search, _ = await searched(tmp_path, spec, answers)
    node = search.tree.nodes[0]
    assert node.valid
    assert list(node.costs) == ["script", "correction", "debugging"]
    assert not node.candidates[0].message
