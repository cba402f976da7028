from __future__ import annotations

import pytest

from tui_aide.tui.signals import desktop_sequence, printed, title_sequence

XTERM = {"TERM": "xterm-256color"}
KITTY = {**XTERM, "KITTY_WINDOW_ID": "1"}


def test_a_title_is_set_by_osc_2() -> None:
    assert title_sequence("★ 0.8731 · tumours") == "\x1b]2;★ 0.8731 · tumours\x07"


@pytest.mark.parametrize(
    ("environ", "sequence"),
    [
        (XTERM, "\x1b]9;New best: 0.9\x07"),
        (KITTY, "\x1b]99;i=tui_aide:d=0;New best\x1b\\\x1b]99;i=tui_aide:d=1:p=body;0.9\x1b\\"),
        ({**XTERM, "VTE_VERSION": "7600"}, "\x1b]777;notify;New best;0.9\x07"),
        ({"TERM": "foot"}, "\x1b]777;notify;New best;0.9\x07"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/t,1,0"}, "\x1bPtmux;\x1b\x1b]9;New best: 0.9\x07\x1b\\"),
        ({"TERM": "screen", "STY": "1.s"}, "\x1bP\x1b]9;New best: 0.9\x07\x1b\\"),
        ({"TERM": "linux"}, ""),
        ({"TERM": "dumb"}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_each_terminal_is_told_in_the_way_it_takes(environ: dict[str, str], sequence: str) -> None:
    assert desktop_sequence("New best", "0.9", environ) == sequence


def test_tmux_passes_kittys_two_parts_on_with_every_escape_doubled() -> None:
    sequence = desktop_sequence("a", "b", {**KITTY, "TMUX": "t"})
    inner = sequence.removeprefix("\x1bPtmux;").removesuffix("\x1b\\")
    assert inner.replace("\x1b\x1b", "\x1b") == desktop_sequence("a", "b", KITTY)


@pytest.mark.parametrize(
    "evil",
    [
        "x\x07\x1b]0;owned\x07",
        "x\x1b\\\x1b]52;c;aGk=\x1b\\",
        "x\x9c\x9d0;owned\x9c",
        "x\n\r\x00\x08y",
        "x\u202egpj.exe\u2066",
        "x\x1bP$q\x1b",
        "\ud800x",
    ],
)
@pytest.mark.parametrize("environ", [XTERM, KITTY, {**XTERM, "VTE_VERSION": "1"}])
def test_no_text_of_a_script_can_command_the_terminal(evil: str, environ: dict[str, str]) -> None:
    clean = desktop_sequence("", "", environ)
    for sequence in (desktop_sequence(evil, evil, environ), desktop_sequence("", evil, environ)):
        controls = [c for c in sequence if not c.isprintable()]
        assert controls == [c for c in clean if not c.isprintable()]
        sequence.encode()
    assert [c for c in title_sequence(evil) if not c.isprintable()] == ["\x1b", "\x07"]


def test_a_heading_cannot_begin_the_words_early() -> None:
    assert desktop_sequence("a;b", "c;d", {"TERM": "foot"}) == "\x1b]777;notify;a,b;c;d\x07"


def test_long_text_is_cut() -> None:
    assert printed("x" * 500, 200) == "x" * 199 + "…"
    assert len(title_sequence("x" * 5000)) < 100
    assert len(desktop_sequence("x" * 5000, "y" * 5000, XTERM)) < 300
