from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_aide.code.extraction import extract, split_thinking, title

SCRIPT = "import os\n\nprint(os.getcwd())\n"


@pytest.mark.parametrize("info", ["", "py", "python", "python3", "Python", " python", "python title=a.py", "{.python}"])
@pytest.mark.parametrize("fence", ["```", "~~~", "`````"])
def test_a_fenced_script_is_found_whatever_the_fence(info: str, fence: str) -> None:
    found = extract(f"Fit a ridge.\n\n{fence}{info}\n{SCRIPT}{fence}\n\nThen stop.")
    assert found.code == SCRIPT
    assert found.problem is None
    assert found.plan == "Fit a ridge.\n\nThen stop."


def test_the_last_block_is_taken_and_blocks_are_never_joined() -> None:
    found = extract(f"```python\nimport sys\nx = 1\n```\nBetter:\n```python\n{SCRIPT}```")
    assert found.code == SCRIPT
    assert found.plan == "Better:"


def test_a_broken_last_block_gives_way_to_an_earlier_one_of_like_length() -> None:
    assert extract(f"```python\n{SCRIPT}```\nor\n```python\nimport os\nprint(os.getcwd(\n```").code == SCRIPT


def test_a_snippet_does_not_stand_in_for_a_broken_script() -> None:
    script = "import os\n" * 20 + "print(\n"
    found = extract(f"Use\n```python\nimport os\n```\nas here\n```python\n{script}```")
    assert found.problem == "syntax"
    assert found.code == script


def test_other_languages_and_printed_results_are_no_script() -> None:
    answer = f"```python\n{SCRIPT}```\n```bash\npip install x\n```\nIt prints\n```\nloss: 0.93\n```"
    assert extract(answer).code == SCRIPT
    assert extract("It prints\n```\nloss: 0.93\n```").problem == "no_code"


def test_indentation_of_the_fence_is_taken_off() -> None:
    found = extract("1. Do\n\n   ```python\n   if True:\n       x = 1\n   ```\n")
    assert found.code == "if True:\n    x = 1\n"


def test_crlf_bom_and_other_alphabets_pass() -> None:
    found = extract("\ufeffPlan.\r\n```python\r\nгруппа = 'é'\r\nprint(группа)\r\n```\r\n")
    assert found.code == "группа = 'é'\nprint(группа)\n"
    assert found.plan == "Plan."


def test_a_fence_inside_of_a_string_does_not_end_the_script() -> None:
    script = 'HELP = """\n```python\nx = (\n```\n"""\nprint(HELP)\n'
    found = extract(f"Say it.\n```python\n{script}```\nDone.")
    assert found.code == script
    assert found.plan == "Say it.\n\nDone."


def test_backticks_within_a_line_are_no_fence() -> None:
    script = "x = '```'\nprint(x)\n"
    assert extract(f"```python\n{script}```").code == script


def test_an_unclosed_block_counts_only_if_the_model_stopped_by_itself() -> None:
    answer = f"Plan.\n```python\n{SCRIPT}"
    assert extract(answer, finish="stop").code == SCRIPT + "\n"
    cut = extract(answer, finish="length")
    assert cut.problem == "truncated"
    assert "token limit" in cut.message
    assert extract("Plan.\n```python\nprint(", finish="stop").problem == "syntax"


def test_a_complete_block_counts_though_the_answer_was_cut_after_it() -> None:
    assert extract(f"```python\n{SCRIPT}```\nThis scri", finish="length").problem is None


def test_no_block_at_all_is_told_apart_from_a_cut_answer() -> None:
    assert extract("I cannot help with that.").problem == "no_code"
    assert extract("").problem == "no_code"
    assert extract("First, I wi", finish="length").problem == "truncated"


def test_an_answer_that_is_a_script_needs_no_fence() -> None:
    assert extract(SCRIPT).code == SCRIPT
    assert extract("Yes").problem == "no_code"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("x = 1\ny = (2\nprint(y)\n", "line 2, column 5: '(' was never closed"),
        ("def f():\nreturn 1\n", "line 2, column 1: expected an indented block after function definition on line 1"),
        ("return 1\n", "line 1, column 1: 'return' outside function"),
    ],
)
def test_syntax_errors_are_told_with_line_and_column(script: str, message: str) -> None:
    found = extract(f"```python\n{script}```")
    assert (found.problem, found.message, found.code) == ("syntax", message, script)


def test_a_warning_of_the_compiler_is_no_error() -> None:
    assert extract("```python\nimport re\nre.compile('\\d')\n```").problem is None


def test_thinking_left_in_the_answer_is_cut_off() -> None:
    found = extract(f"<think>\nMaybe\n```python\nimport sys\n```\n</think>\n\nPlan.\n```python\n{SCRIPT}```")
    assert (found.plan, found.code) == ("Plan.", SCRIPT)


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("<think>\nhm\n</think>\n\nyes", "hm", "yes"),
        ("hm\n</think>\nyes", "hm", "yes"),
        ("yes", "", "yes"),
        ("<think>\nnever ended", "never ended", ""),
        ("a</think>b\n</think>\nyes", "a</think>b", "yes"),
        ("hm</think>```python\ns.split('</think>')\n```", "hm", "```python\ns.split('</think>')\n```"),
        ("so\n```python\nx = (\n</think>\nyes", "so\n```python\nx = (", "yes"),
    ],
)
def test_reasoning_and_answer_part_at_the_last_closing_tag(text: str, reasoning: str, answer: str) -> None:
    assert split_thinking(text) == (reasoning, answer)


@given(st.text(alphabet="`~ \n\tpython<think>/\"'(x=1#", max_size=200), st.sampled_from(["stop", "length", "abort"]))
def test_any_text_gives_a_script_that_compiles_or_a_problem(answer: str, finish: str) -> None:
    found = extract(answer, finish)
    if found.problem is None:
        assert found.code is not None
        compile(found.code, "solution.py", "exec")
    else:
        assert found.message


@pytest.mark.parametrize(
    ("plan", "code", "expected"),
    [
        ("Fit a ridge on scaled features. Then more.", "", "Fit a ridge on scaled features"),
        ("## Solution sketch\n\n- We will use **LightGBM** with 0.05 rate. Next", "", "Use LightGBM with 0.05 rate"),
        ("Plan:\nLet's try `kNN`:\n", "", "Try kNN"),
        ("Plan: impute medians.", "", "Impute medians"),
        ("", '"""Boost stumps.\n\nMore."""\nx = 1\n', "Boost stumps"),
        ("", "x = 1\n", ""),
        ("", "x = (\n", ""),
        ("a\x1b[31mb\u200b\u202ec", "", "A [31mb c"),
    ],
)
def test_title_is_the_first_sentence_in_bare_words(plan: str, code: str, expected: str) -> None:
    assert title(plan, code) == expected


def test_a_long_title_is_cut_at_a_word() -> None:
    short = title("Stack a histogram gradient boosting model and a ridge regression on top of target encodings", "")
    assert short == "Stack a histogram gradient boosting model and a…"
    assert len(title("x" * 200, "")) == 48
