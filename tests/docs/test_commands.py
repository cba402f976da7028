"""Every command of the docs is run, or at least read by the real parser, or has a reason why not."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.kinds import HOURS, RULES, WHOLE, rule_of
from tests.docs.pages import PAGES, ROOT, blocks, name_of, prose
from tests.docs.place import Place, served
from tests.docs.shell import Command, commands_of, found, page_script
from tui_aide.cli import COMMANDS, module_of
from tui_aide.cli.parser import Parser

FOUND = list({command.text: command for command in found()}.values())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

_PARSE = """\
import argparse, runpy, sys
parse = argparse.ArgumentParser.parse_args
def parse_and_leave(self, *given, **named):
    parse(self, *given, **named)
    sys.exit(47)
argparse.ArgumentParser.parse_args = parse_and_leave
by_name, place, *words = sys.argv[1:]
sys.argv = [place, *words]
(runpy.run_module if by_name == "module" else runpy.run_path)(place, run_name="__main__")
"""
"""Runs a program up to where it has read its options."""


def those(*how: str) -> list[Command]:
    """The commands that are treated so."""
    return [c for c in FOUND if (rule := rule_of(c)) and rule.how in how]


def parser_of(words: list[str]) -> tuple[Parser, list[str]]:
    """The parser of a command of ours, and the words that are left for it."""
    name, *rest = words
    module = importlib.import_module(module_of(name))
    if rest and rest[0] in getattr(module, "SUBCOMMANDS", ()):
        name, rest = f"{name} {rest[0]}", rest[1:]
        module = importlib.import_module(module_of(name.replace(" ", "_")))
    parser = Parser(f"tui-aide {name}", "", "")
    module.add_arguments(parser)
    if "--" in rest:
        rest = rest[: rest.index("--")]
    return parser, rest


def ours(command: Command) -> list[str]:
    """The words behind `tui-aide`, where it is run, by another program too; none where it is not."""
    whole = [re.sub(r"^\$\((.*)\)$", r"\1", word) for word in command.words]
    words = [part for word in whole for part in (word.split() if word not in command.words else [word])]
    words = [word.removeprefix(".venv/bin/") for word in words if word != ")"]
    places = [place for place, word in enumerate(words) if word == "tui-aide"]
    run = [words[place + 1 :] for place in places if place == 0 or {*words[place + 1 : place + 2]} & COMMANDS.keys()]
    return run[0] if run else []


def test_every_command_has_a_rule_and_every_rule_a_command() -> None:
    assert [f"{c.page}:{c.line}: {c.text}" for c in FOUND if rule_of(c) is None] == []
    used = {rule.pattern for c in FOUND if (rule := rule_of(c))}
    assert [rule.pattern for rule in RULES if rule.pattern not in used] == []


def test_what_is_not_run_has_a_reason() -> None:
    assert [rule.pattern for rule in RULES if rule.how in ("parsed", "left") and not rule.why] == []


@pytest.mark.parametrize("command", [c for c in FOUND if ours(c)], ids=lambda c: c.text)
def test_the_real_parser_takes_it(command: Command) -> None:
    words = ours(command)
    if words[0] != "--help":
        parser, rest = parser_of(words)
        parser.parse_args(rest)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_within_the_text_exist_with_their_options(page: Path) -> None:
    for text in re.findall(r"`tui-aide ([^`]+)`", prose(page)):
        words = [word for part in text.replace('"', "").split("\n") for word in part.split()]
        if words[0] in COMMANDS:
            parser, rest = parser_of(words)
            known = {option for action in parser._actions for option in action.option_strings}
            assert {w for w in rest if re.match(r"--\w", w)} <= known, text
        else:
            assert words[0] in ("--help", "--version", "SPEC"), text


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_of_the_help_are_taken_by_the_parser(name: str) -> None:
    examples = importlib.import_module(module_of(name)).EPILOG.partition("example")[2]
    lines = [line.strip() for line in examples.splitlines() if line.startswith("  tui-aide ")]
    assert lines
    for line in lines:
        ((_, words),) = commands_of(re.split(r"\s{2,}", line)[0])
        parser, rest = parser_of(list(words[1:]))
        parser.parse_args(rest)


@pytest.mark.parametrize("command", [c for c in those("parsed") if not ours(c)], ids=lambda c: c.text)
def test_programs_of_the_repository_read_their_options(command: Command) -> None:
    kind, place, rest = "file", str(ROOT / command.words[1]), command.words[2:]
    if command.words[1] == "-m":
        kind, place, rest = "module", command.words[2], command.words[3:]
        spec = importlib.util.find_spec(place)
        assert spec is not None
    done = subprocess.run(
        [sys.executable, "-c", _PARSE, kind, place, *rest], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 47, done.stderr


@pytest.mark.parametrize("command", those("left"), ids=lambda c: c.text)
def test_what_it_names_of_ours_exists(command: Command) -> None:
    if extra := re.search(r"(?:tui-aide|^pip\S* install .*\.)\[(\w+)\]", command.text):
        assert extra[1] in PROJECT["project"]["optional-dependencies"]
    if command.text.startswith("python -m pytest"):
        lanes = {marker.partition(":")[0] for marker in PROJECT["tool"]["pytest"]["ini_options"]["markers"]}
        assert set(re.findall(r"pytest -m (\w+)", command.text)) <= lanes
        assert all((ROOT / path).exists() for path in re.findall(r"\btests/\S+", command.text))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with served() as url:
        place = Place(tmp_path_factory.mktemp("docs") / "home", url)
        place.fill()
        yield place


@pytest.fixture
def place(filled: Place, tmp_path: Path) -> Place:
    return filled.copied(tmp_path / "home")


@pytest.fixture(scope="module")
def benched(filled: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = filled.copied(tmp_path_factory.mktemp("bench") / "home")
    place.fill_bench()
    return place


def run_by_rule(command: Command, place: Place) -> str:
    """Run a command with what its rule adds, and return what it printed."""
    rule = rule_of(command)
    assert rule is not None
    words = ours(command)
    if rule.task:
        words[1] = rule.task
    return place.run("tui-aide", *words, *rule.extra).stdout


@pytest.mark.parametrize("command", those("run"), ids=lambda c: c.text)
def test_it_runs(command: Command, place: Place) -> None:
    if " send " in command.text:
        with place.running():
            assert run_by_rule(command, place)
    else:
        run_by_rule(command, place)


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in those("slow") if " bench " not in c.text], ids=lambda c: c.text)
def test_it_runs_in_the_slow_lane(command: Command, place: Place) -> None:
    assert run_by_rule(command, place)


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in those("slow") if " bench " in c.text], ids=lambda c: c.text)
def test_it_runs_beside_a_run_of_the_bench(command: Command, benched: Place) -> None:
    run_by_rule(command, benched)


@pytest.mark.slow
@pytest.mark.parametrize("page", WHOLE)
def test_the_page_runs_to_the_letter(page: str, tmp_path: Path) -> None:
    place = Place(tmp_path / "home")
    script = page_script(ROOT / page).replace(f"{HOURS}\n", "")
    if page != WHOLE[0]:
        script = page_script(ROOT / WHOLE[0]).partition("tui-aide init")[0] + script
    for _, suite in blocks(ROOT / page, "toml"):
        (place.work / "is-it-better.toml").write_text(suite)
    (place.work / "page.sh").write_text(script)
    told = place.run("bash", "-eo", "pipefail", "page.sh", timeout=3600).stdout
    if page == WHOLE[0]:
        ((said, true, error),) = re.findall(r"([\d.]+) in the end\ntrue: ([\d.]+) ± ([\d.]+)", told)
        assert abs(float(true) - float(said)) < 4 * float(error)
