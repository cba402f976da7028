"""Print the completion script of a shell, which asks this program what could come next."""

from __future__ import annotations

import argparse

EPILOG = """\
What is offered is what this version takes: commands, options, their values, sessions, tasks, strategies, files.

examples:
  eval "$(tui-aide completion bash)"                       in ~/.bashrc
  source <(tui-aide completion zsh)                        in ~/.zshrc, below compinit
  tui-aide completion fish > ~/.config/fish/completions/tui-aide.fish
  tui-aide completion bash -- run --sandbox ""             what a script asks: the values of --sandbox
"""
PASSES_ON = True
SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the shell; what stands after `--` is what was typed, its last word up to the cursor."""
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def run(options: argparse.Namespace) -> int:
    """Print the script, or what could stand for the last word: a line each, with a tab and what it is."""
    if options.passed_on:
        from tui_aide.cli.completing import offers

        for offer in offers(options.passed_on):
            print(f"{offer.word}\t{offer.about}" if offer.about and options.shell != "bash" else offer.word)
        return 0
    from importlib.resources import files

    print(files("tui_aide.cli.shells").joinpath(f"{options.shell}.sh").read_text(encoding="utf-8"), end="")
    return 0
