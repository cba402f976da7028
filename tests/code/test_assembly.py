"""Segments put together: one script, nothing twice, nothing lost."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from tui_aide.code.assembly import assemble


def test_imports_come_first_and_repetitions_go() -> None:
    first = "import os\nimport pandas as pd\n\n# the data\ntrain = pd.read_csv('a')  # here\n"
    second = "from __future__ import annotations\nimport os\nimport numpy as np\n"
    second += "train = pd.read_csv('a')\nx = np.ones(3)\n"
    assert assemble([first, second]) == (
        "from __future__ import annotations\nimport os\nimport pandas as pd\nimport numpy as np\n\n"
        "# the data\ntrain = pd.read_csv('a')  # here\n\nx = np.ones(3)\n"
    )


def test_a_statement_that_one_segment_repeats_stays() -> None:
    assert assemble(["x = 1\nx += 1\nx += 1\n"]).count("x += 1") == 2


def test_what_does_not_parse_is_kept_to_be_seen() -> None:
    assert "def f(:" in assemble(["x = 1", "def f(:\n    pass"])


def test_decorators_comments_and_two_on_a_line_are_kept() -> None:
    code = "a = 1; b = 2\n\n# why\n@property\ndef f(self):\n    return 1\n\nif a:\n    pass\nelse:\n    b = 3\n"
    made = assemble([code])
    assert ast.dump(ast.parse(made)) == ast.dump(ast.parse(code))
    assert "# why\n@property" in made


STATEMENTS = ["x = 1", "def f():\n    return 2", "for i in range(3):\n    print(i)", "y = '''a\nb'''", "f(); x = 2"]


@given(st.lists(st.lists(st.sampled_from(STATEMENTS), max_size=4), max_size=4))
def test_every_statement_of_each_segment_is_in_the_whole(segments: list[list[str]]) -> None:
    made = assemble(["\n".join(parts) for parts in segments])
    there = {ast.dump(s) for s in ast.parse(made).body}
    wanted = {ast.dump(s) for parts in segments for s in ast.parse("\n".join(parts)).body}
    assert there == wanted


def test_what_only_looks_like_the_end_of_a_line_is_none() -> None:
    odd = 'text = "a\u2028b\x0cc"\n'
    assert assemble([odd, "x = 1\n"]) == f"{odd}\nx = 1\n"
