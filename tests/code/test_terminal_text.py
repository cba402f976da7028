from __future__ import annotations

from tui_aide.code.terminal_text import fold_output


def test_prompts_get_the_last_state_of_progress_bars() -> None:
    bars = "".join(f"\r{i}%|{'#' * (i // 10):<10}|" for i in range(101))
    assert fold_output(f"fold 1\r\n\x1b[32m{bars}\x1b[0m\nValueError: \0odd\n") == (
        "fold 1\n100%|##########|\nValueError: odd\n"
    )


def test_a_line_of_a_megabyte_leaves_room_for_the_others() -> None:
    text = fold_output("first\n" + "x" * 1_000_000 + "\nlast")
    assert text.startswith("first\nxxx")
    assert text.endswith("xxx\nlast")
    assert "[... 998,000 characters ...]" in text
    assert len(text) < 2_100
