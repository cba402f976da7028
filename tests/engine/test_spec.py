from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_aide.engine.spec import Parameter, Part, build, parameters_of, parse_spec, require, spec_of
from tui_aide.errors import UsageError


class Bare:
    """Takes nothing."""


class Taster:
    """Tastes what it is given.

    More words.

    Args:
        n: how many.
        share: part of it, 0..1.
        loud: whether it says so.
        select: what counts: the score or the first.
        limit: tokens, none for no limit.
        label: what is shown.
        inner: what it wraps.
    """

    def __init__(
        self,
        n: int = 3,
        share: float = 0.5,
        loud: bool = False,
        select: Literal["score", "first"] = "score",
        limit: int | None = None,
        label: str = "",
        inner: Bare | None = None,
    ) -> None:
        require("n", n, 1)
        require("share", share, 0, 1)
        self.n, self.share, self.loud, self.select, self.limit, self.label = n, share, loud, select, limit, label
        self.inner = inner


class Needy:
    """Cannot do without."""

    def __init__(self, n: int) -> None:
        self.n = n


KINDS: dict[str, type] = {"bare": Bare, "taster": Taster, "needy": Needy}


def make(text: str) -> object:
    (part,) = parse_spec(text, "--policy")
    return build(part, KINDS, "--policy")


def test_reads_names_parameters_and_chains() -> None:
    assert parse_spec("a(x=1,y=0.5)+b", "--policy") == [Part("a", {"x": 1, "y": 0.5}), Part("b")]
    assert parse_spec(" a ( x = 1 , y = -.5 ) + b-c ( ) ", "--policy") == [Part("a", {"x": 1, "y": -0.5}), Part("b-c")]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1),
        ("1.0", 1.0),
        ("1e+3", 1000.0),
        ("true", True),
        ("false", False),
        ("word-2", "word-2"),
        ("'a, (b)+c'", "a, (b)+c"),
        ('"5"', "5"),
        ("inf", "inf"),
        ("1e999", "1e999"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_reads_values(written: str, value: object) -> None:
    ((_, parameters),) = ((p.name, p.parameters) for p in parse_spec(f"a(x={written})", "--policy"))
    assert parameters["x"] == value
    assert type(parameters["x"]) is type(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a name at its end"),
        ("a+", "a name at its end"),
        ("a++b", "a name before '+b'"),
        ("(x=1)", "a name before"),
        ("a(x=1", "',' or ')' at its end"),
        ("a(x=)", "parameter=value before 'x=)'"),
        ("a(5)", "parameter=value before '5)'"),
        ("a(x=1,)", "parameter=value before ')'"),
        ("a(x=1 y=2)", "',' or ')' before 'y=2)'"),
        ("a(x=1) b", "'+' or the end before 'b'"),
        ("a(x=1,x=2)", "gives 'x' twice"),
    ],
)
def test_says_where_a_spec_goes_wrong(text: str, said: str) -> None:
    with pytest.raises(UsageError) as e:
        parse_spec(text, "--strategy")
    assert said in str(e.value)
    assert str(e.value).startswith("--strategy ")
    assert "\n" not in str(e.value)


@given(st.text(alphabet="ab(=,)+'\" 1.e\n-_é", max_size=30))
def test_any_text_is_a_spec_or_an_error_in_one_line(text: str) -> None:
    try:
        assert parse_spec(text, "--policy")
    except UsageError as e:
        assert "\n" not in str(e)  # noqa: PT017


def test_makes_what_is_asked_for_with_its_types() -> None:
    made = make("taster(n=5,share=1,loud=true,select=first,limit=9,label=x)")
    assert isinstance(made, Taster)
    assert (made.n, made.share, made.loud, made.select, made.limit, made.label) == (5, 1.0, True, "first", 9, "x")
    assert isinstance(made.share, float)
    none = make("taster(limit=none)")
    assert isinstance(none, Taster)
    assert none.limit is None
    assert isinstance(make("bare"), Bare)


def test_what_is_given_beside_the_spec_cannot_be_set_by_it() -> None:
    inner = Bare()
    made = build(Part("taster"), {"taster": Taster}, "--strategy", inner=inner)
    assert made.inner is inner
    with pytest.raises(UsageError, match="has no parameter 'inner'"):
        make("taster(inner=x)")
    with pytest.raises(UsageError, match="has no parameter 'n'"):
        build(Part("taster", {"n": 4}), {"taster": Taster}, "--strategy", n=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tester", "--policy 'tester' is not known. Did you mean 'taster'? Known: bare, taster, needy"),
        ("taster(shar=1)", "--policy taster has no parameter 'shar'. Did you mean 'share'? Known: n, share, loud, "),
        ("bare(x=1)", "--policy bare has no parameters; leave out 'x'"),
        ("taster(n=0.5)", "--policy taster: n must be a whole number, not 0.5"),
        ("taster(n=true)", "--policy taster: n must be a whole number, not true"),
        ("taster(share=inf)", "--policy taster: share must be a number, not inf"),
        ("taster(loud=1)", "--policy taster: loud must be true or false, not 1"),
        ("taster(select=last)", "--policy taster: select must be score or first, not last"),
        ("taster(limit=many)", "--policy taster: limit must be a whole number or none, not many"),
        ("taster(label=5)", "--policy taster: label must be a word, not 5"),
        ("taster(n=0)", "--policy taster: n must be at least 1, not 0"),
        ("taster(share=1.5)", "--policy taster: share must be from 0 to 1, not 1.5"),
        ("needy", "--policy needy needs its n: write needy(n=...)"),
    ],
)
def test_says_in_one_line_what_is_wrong_and_known(text: str, said: str) -> None:
    with pytest.raises(UsageError) as e:
        make(text)
    assert str(e.value).startswith(said)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("bare()", "bare"),
        ("taster( n = 3 )", "taster"),
        ("taster(share=1.0,n=4)", "taster(n=4,share=1)"),
        ("taster(limit=7,loud=true)", "taster(loud=true,limit=7)"),
        ("taster(label='a b')", 'taster(label="a b")'),
        ('taster(label="5")', 'taster(label="5")'),
        ("taster(share=0.1)", "taster(share=0.1)"),
    ],
)
def test_a_spec_is_written_in_one_way_that_reads_back(text: str, normal: str) -> None:
    name = text.split("(")[0]
    assert spec_of(name, make(text)) == normal
    assert spec_of(name, make(normal)) == normal


def test_tells_what_a_class_can_be_told() -> None:
    told = parameters_of(Taster)
    assert [p.name for p in told] == ["n", "share", "loud", "select", "limit", "label"]
    assert told[1] == Parameter("share", "a number", "0.5", "part of it, 0..1.")
    assert told[3] == Parameter("select", "score or first", "score", "what counts: the score or the first.")
    assert told[4].default == "none"
    assert parameters_of(Bare) == []
    assert parameters_of(Needy) == [Parameter("n", "a whole number", "", "")]
