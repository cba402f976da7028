"""The manual page docs/man/tui-aide.1, made from the commands' own parsers; the wheel puts it into share/man/man1.

python docs/man_page.py          write it
python docs/man_page.py --check  exit code 1 where it is not what the code says

argparse-manpage would wrap the examples, and leave out environment, files and exit status.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from tui_aide import __version__
from tui_aide.cli import COMMANDS, module_of
from tui_aide.cli.parser import Parser

PAGE = Path(__file__).parent / "man" / "tui-aide.1"
DATE = "2026-11-27"
"""Of the page, as man(7) wants one; set it anew for a release."""

ENVIRONMENT = {
    "TUI_AIDE_SESSIONS_DIR": "the folder of the sessions",
    "TUI_AIDE_CACHE_DIR": "the folder of what can be made again: the bundled tasks' data, what servers were seen to do",
    "TUI_AIDE_CONFIG_DIR": "the folder of settings, keys and themes",
    "TUI_AIDE_BENCH_DIR": "the folder of the runs of benches",
    "TUI_AIDE_ASCII": "signs and lines in ASCII, if set",
    "TUI_AIDE_VLLM_PYTHON": "the Python that has vLLM, for serve",
    "TUI_AIDE_MLEBENCH_PYTHON": "the Python that has MLE-bench, for grades of its competitions",
    "TUI_AIDE_MLEBENCH_DIR": "the folder of prepared competitions of MLE-bench",
    "OPENAI_API_KEY": "the key of a model server that wants one; --api-key-env names another variable",
    "HTTP_PROXY, HTTPS_PROXY, NO_PROXY": "the way to model servers outside this machine and its network",
    "EDITOR, VISUAL": "the editor of scripts",
    "NO_COLOR": "no colours, if set",
}
FILES = {
    "~/.local/share/tui_aide/sessions": "the sessions, a folder each",
    "~/.config/tui_aide/settings.toml": "the settings of the screens; keymap.toml, themes/, models.toml, strategies/ "
    "and policies/ lie beside it",
    "~/.cache/tui_aide": "what can be made again",
}
EXIT = {"0": "done", "1": "failed; also: no valid solution", "2": "wrong usage"}


def escaped(text: str) -> str:
    """Return a text as roff shows it: signs as they are, and no line that is a request."""
    shown = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return "\\&" + shown if shown.startswith(".") else shown


def prose(text: str) -> Iterator[str]:
    """Return a paragraph's lines."""
    for line in textwrap.wrap(" ".join(text.split()), 66, break_on_hyphens=False, break_long_words=False):
        yield escaped(line)


def described(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Return a list of terms in bold and what they are."""
    for term, text in rows:
        yield ".TP"
        yield f".B {escaped(term)}"
        yield from prose(text)


def epilog(text: str) -> Iterator[str]:
    """Return what stands below a command's options: paragraphs, and indented lines as they are."""
    literal = False
    paragraph: list[str] = []
    for line in [*text.splitlines(), ""]:
        indented = line.startswith("  ")
        if paragraph and (indented or not line):
            yield ".PP"
            yield from prose(" ".join(paragraph))
            paragraph = []
        if indented != literal:
            yield ".EX" if indented else ".EE"
            literal = indented
        if indented:
            yield escaped(line)
        elif line:
            paragraph.append(line)


def invocation(action: argparse.Action) -> str:
    """Return how an argument is written: `-o, --output PATH`."""
    choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices is not None else ""
    value = str(action.metavar or choices or action.dest.upper())
    if not action.option_strings:
        return value
    words = ", ".join(action.option_strings)
    return words if action.nargs == 0 else f"{words} {value}"


def command(name: str) -> Iterator[str]:
    """Return the part of one command."""
    module = importlib.import_module(module_of(name.replace(" ", "_")))
    parser: argparse.ArgumentParser = Parser(f"tui-aide {name}", "", "")
    module.add_arguments(parser)
    actions = [action for action in parser._actions if action.dest != "help"]
    yield f".SS {escaped(f'tui-aide {name}')}"
    yield from prose(module.__doc__ or "")
    yield from described((invocation(a), (a.help or "").replace("%%", "%") + ".") for a in actions)
    yield from epilog(module.EPILOG)


def all_commands() -> Iterator[str]:
    """Return the names of all commands, those of a bench below it."""
    for name in COMMANDS:
        yield name
        yield from (f"{name} {below}" for below in getattr(importlib.import_module(module_of(name)), "SUBCOMMANDS", ()))


def page() -> str:
    """Return the whole page."""
    lines = [
        ".\\\" Made by docs/man_page.py; change the commands' own words.",
        f'.TH TUI\\-AIDE 1 "{DATE}" "tui_aide {__version__}" "User Commands"',
        ".SH NAME",
        "tui\\-aide \\- search for machine\\-learning solutions in the terminal",
        ".SH SYNOPSIS",
        ".B tui\\-aide",
        "[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]",
        ".SH DESCRIPTION",
        *prose(
            "A model drafts, debugs and improves Python scripts for your data; every script is executed and honestly "
            "scored; the attempts form a tree that you watch and steer. Without a command the home screen opens."
        ),
        ".SH COMMANDS",
        *(line for name in all_commands() for line in command(name)),
        ".SH ENVIRONMENT",
        *described(ENVIRONMENT.items()),
        ".SH FILES",
        *described(FILES.items()),
        ".PP",
        *prose("These are the places on Linux; macOS has its own, and the environment may name others."),
        ".SH EXIT STATUS",
        *described(EXIT.items()),
        ".SH SEE ALSO",
        ".BR bwrap (1),",
        ".BR docker (1)",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page, or with --check tell by the exit code whether it is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
