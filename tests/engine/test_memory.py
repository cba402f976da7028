"""What a prompt remembers of the search: enough, and no more however long the search was."""

from __future__ import annotations

from pathlib import Path

from tests.doubles import toy_view
from tests.engine.answering import Answers, script, searched
from tests.engine.search import Search
from tests.searches import started
from tui_aide.engine.engine import Settings
from tui_aide.engine.policies import make_policy
from tui_aide.engine.prompting import write_prompt
from tui_aide.engine.recall import propose
from tui_aide.models.chat import ChatRequest, Limits
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.store import FolderStore
from tui_aide.tree import events as ev
from tui_aide.tree.node import Operator, Score, Tokens
from tui_aide.tree.solution_tree import SolutionTree


def grown(path: Path, count: int) -> tuple[SolutionTree, FolderStore]:
    """A tree of `count` nodes: two in three fail, each with a message of its own, improvements chain up."""
    path.mkdir()
    store, tree = FolderStore(SessionFolder(path)), SolutionTree()
    tree.apply(store.append(started()))
    for i in range(count):
        parents = () if i < 5 or not tree.ranked(1) else (tree.ranked(1)[0].id,)
        operator: Operator = "improve" if parents else "draft"
        events: list[ev.Event] = [
            ev.NodeCreated(node=i, parents=parents, operator=operator, strategy="single", reason="", seed=i),
            ev.CodeChecked(node=i, ok=True, title=f"try {i}", plan=f"Plan {i}: " + "words " * 300),
        ]
        valid = i % 3 == 0
        events.append(
            ev.NodeFinished(
                node=i,
                verdict="valid" if valid else "crash",
                message="" if valid else f"KeyError: column {i % 7}",
                score=Score(i / count) if valid else None,
                tokens=Tokens(),
                seconds=0,
                model_seconds=0,
                execution_seconds=0,
            )
        )
        for event in events:
            tree.apply(store.append(event))
    event = ev.NodeCreated(
        node=count, parents=(tree.ranked(1)[0].id,), operator="improve", strategy="single", reason="", seed=0
    )
    tree.apply(store.append(event))
    return tree, store


def prompt(tree: SolutionTree, store: FolderStore) -> str:
    node = tree.nodes[len(tree.nodes) - 1]
    return write_prompt(propose(tree, store, node, toy_view(), Limits(60.0, None, 1))).messages[0].content


def test_the_prompt_is_as_long_after_a_thousand_nodes_as_after_thirty(tmp_path: Path) -> None:
    sizes = {count: len(prompt(*grown(tmp_path / str(count), count))) for count in (30, 100, 1000)}
    assert max(sizes.values()) < 1.1 * sizes[30], sizes


def test_the_way_to_the_parent_and_what_failed_are_told(tmp_path: Path) -> None:
    text = prompt(*grown(tmp_path / "s", 60))
    chain = text.split("# How the script below came about, the oldest first\n\n")[1].split("\n\n")[0].splitlines()
    assert len(chain) == 4
    numbers = [int(line.split("Plan ")[1].split(":")[0]) for line in chain]
    assert numbers == sorted(numbers)
    failed = text.split("# What failed more than once; avoid it\n\n")[1].split("\n\n")[0]
    assert failed == "- 40 scripts: crash: KeyError: column 3"


def test_the_stable_part_comes_first(tmp_path: Path) -> None:
    few, many = prompt(*grown(tmp_path / "a", 10)), prompt(*grown(tmp_path / "b", 50))
    common = few[: next(i for i, (a, b) in enumerate(zip(few, many, strict=False)) if a != b)]
    assert "# What the script must do" in common
    assert "# What other scripts did" in common, "all that is the same for all nodes"


def test_failures_are_counted_with_the_candidates_and_bounded(tmp_path: Path) -> None:
    tree, store = grown(tmp_path / "s", 6)
    for i in range(300):
        tree.apply(ev.CandidateFinished(node=6, candidate=i, verdict="crash", message=f"Odd{i}: it broke"))
    assert len(tree.failures) <= 100
    assert tree.failures["crash", "KeyError"].count == 4
    store.close()


async def test_the_same_failure_twice_is_told_to_a_fresh_draft(tmp_path: Path) -> None:
    model = Answers({"": [script("crash")]})
    search = Search(tmp_path, ev.Budget(nodes=4), Settings(workers=1, slots=1, sequential=True), model=model)
    search.engine.policy = make_policy("greedy(drafts=1,debug_probability=1,give_up_on_repeats=true)")
    await search.run()
    operators = [n.operator for n in search.tree.nodes.values()]
    assert operators[:3] == ["draft", "debug", "draft"]
    told = model.requests[2].messages[0].content
    assert "Two scripts before yours failed alike: crash: ValueError: it crashed" in told
    assert search.tree.nodes[2].by == "policy"


async def test_drafts_dare_more_when_simple_ones_work(tmp_path: Path) -> None:
    search, model = await searched(tmp_path, "single", {"": [script("score 0.5")]}, nodes=4, workers=1)
    texts = [r.messages[0].content for r in model.requests]
    assert "Keep it simple enough to work at the first run" in texts[0]
    assert "Dare more than they do" in texts[-1]
    assert all(n.operator == "draft" for n in search.tree.nodes.values())


async def test_an_ablation_goes_before_the_improvement(tmp_path: Path) -> None:
    def study(request: ChatRequest) -> str:
        return "```python\n# crash\nprint('without scaling: 0.3')\n```"

    model = Answers({"": [script("score 0.5")], "First, only an ablation study": [study]})
    search = Search(tmp_path, ev.Budget(nodes=2), Settings(workers=1, slots=1, sequential=True), model=model)
    search.engine.policy = make_policy("greedy(drafts=1,debug_probability=0,ablate=1)")
    await search.run()
    node = search.tree.nodes[1]
    assert (node.operator, node.verdict, node.samples, node.executions) == ("ablate", "valid", 2, 2)
    assert "ValueError: it crashed" in model.requests[-1].messages[0].content, "what the study printed is told"
    assert list(node.costs) == ["ablation", "script"]
    assert (search.folder.node(1) / "probe" / "output.log").is_file()
    assert not (search.folder.node(1) / "output.log").exists() or "it crashed" not in search.store.read(1, "output.log")
