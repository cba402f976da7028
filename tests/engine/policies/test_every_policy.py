"""What holds for every policy."""

from __future__ import annotations

import random
import statistics
import time

import pytest

from tests.engine.policies.trees import Chance, best, node, nodes, search, tree_of
from tests.searches import created
from tui_aide.engine.policies import POLICIES, Choice, Policy, make_policy
from tui_aide.engine.spec import parameters_of
from tui_aide.errors import UsageError
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree

every = pytest.mark.parametrize("name", list(POLICIES))
INFORMED = [name for name in POLICIES if name != "greedy"]


@every
def test_its_spec_reads_back_and_its_parameters_are_explained(name: str) -> None:
    assert make_policy(name).spec == name
    assert make_policy(f"{name}(debug_depth=7)").spec == f"{name}(debug_depth=7)"
    assert POLICIES[name].source
    assert all(p.meaning and p.default for p in parameters_of(POLICIES[name]))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("mtcs", "--policy 'mtcs' is not known. Did you mean 'mcts'? Known: greedy, "),
        ("mcts(explore=1)", "--policy mcts has no parameter 'explore'. Did you mean 'exploration'?"),
        ("greedy(drafts=0)", "--policy greedy: drafts must be at least 1, not 0"),
        ("evolution(merge_probability=2)", "--policy evolution: merge_probability must be from 0 to 1, not 2"),
        ("greedy+mcts", "--policy 'greedy+mcts' names 2 policies, but a search has one"),
    ],
)
def test_a_wrong_spec_is_one_line_with_the_remedy(spec: str, said: str) -> None:
    with pytest.raises(UsageError) as e:
        make_policy(spec)
    assert str(e.value).startswith(said)


@every
def test_an_empty_tree_is_drafted_from(name: str) -> None:
    tree = tree_of()
    for number in range(3):
        assert make_policy(name).choose(tree, random.Random(number)).operator == "draft"
        tree.apply(created(number))


@every
def test_where_all_failed_it_debugs_or_drafts(name: str) -> None:
    tree = tree_of(*nodes(*(node(i) for i in range(8))))
    operators = {make_policy(name).choose(tree, random.Random(seed)).operator for seed in range(40)}
    assert operators <= {"draft", "debug"}
    assert "debug" in operators


@every
def test_the_only_valid_node_is_improved(name: str) -> None:
    tree = tree_of(*nodes(node(0, 0.5), *(node(i, verdict="cancelled") for i in range(1, 9))))
    made = {make_policy(name).choose(tree, random.Random(seed)).parents for seed in range(200)}
    if name in ("greedy", "ab-mcts"):  # cancelled drafts count in AIDE; AB-MCTS drafts now and then
        assert (0,) in made
    assert made <= {(), (0,)}, "cancelled nodes are no parents"


@every
def test_no_parent_is_in_flight_or_cancelled(name: str) -> None:
    tree, log = search(make_policy(name), 3, 80, workers=6)
    folded = tree_of()
    for event in log:
        if isinstance(event, ev.NodeCreated):
            assert all(folded.nodes[parent].done for parent in event.parents)
        folded.apply(event)
    assert {n.operator for n in tree.nodes.values()} >= {"draft", "debug", "improve"}


@every
def test_it_chooses_alike_from_the_same_seed_and_after_a_resume(name: str) -> None:
    first, log = search(make_policy(name), 5, 60, workers=3)
    again, _ = search(make_policy(name), 5, 60, workers=3)
    assert [n.parents for n in first.nodes.values()] == [n.parents for n in again.nodes.values()]
    folded, policy = tree_of(), make_policy(name)
    for event in log:
        if isinstance(event, ev.NodeCreated):
            choice = make_policy(name).choose(folded, random.Random(f"5/choice/{event.node}"))
            assert (choice.operator, choice.parents) == (event.operator, event.parents)
            assert policy.choose(folded, random.Random(f"5/choice/{event.node}")) == choice
        folded.apply(event)


def sixteen(policy: Policy, tree: SolutionTree) -> list[Choice]:
    made = []
    for number in range(len(tree.nodes), len(tree.nodes) + 16):
        made.append(policy.choose(tree, random.Random(number)))
        tree.apply(created(number, made[-1].parents, made[-1].operator))
    return made


@pytest.mark.parametrize("name", INFORMED)
def test_sixteen_workers_spread(name: str) -> None:
    tree = tree_of(*nodes(*(node(i, 0.5 + i / 100) for i in range(8))))
    choices = sixteen(make_policy(name), tree)
    places = [choice.parents or (-number,) for number, choice in enumerate(choices, 1)]  # a draft is a place of its own
    assert len(set(places)) >= 6
    assert max(places.count(place) for place in places) <= 4


@pytest.mark.parametrize("name", INFORMED)
@pytest.mark.parametrize("workers", [1, 4])
def test_it_beats_chance_on_a_landscape(name: str, workers: int) -> None:
    gains = []
    for seed in range(5000, 5100):
        found, _ = search(make_policy(name), seed, 60, workers)
        by_chance, _ = search(Chance(), seed, 60, workers)
        gains.append(best(found) - best(by_chance))
    half_width = 1.984 * statistics.stdev(gains) / len(gains) ** 0.5  # t for 95 %, 99 degrees of freedom
    assert statistics.mean(gains) - half_width > 0, f"{statistics.mean(gains):.3f} ± {half_width:.3f}"


@every
def test_a_choice_in_a_thousand_nodes_is_quick(name: str) -> None:
    policy = make_policy(name)
    rng = random.Random(0)
    valid = nodes(*(node(i, rng.random(), rng.randrange(i) if i > 5 else None) for i in range(1001)))
    mixed, _ = search(policy, 1, 1000, workers=16)
    for tree in (tree_of(*valid), mixed):
        times = []
        for seed in range(9):
            begun = time.process_time()
            policy.choose(tree, random.Random(seed))
            times.append(time.process_time() - begun)
        assert statistics.median(times) < 0.010
