"""The page in a real browser: it draws, moves, and asks for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sessions.exports.chromium import Page
from tests.sessions.exports.made import Made, usual
from tui_aide.sessions.exports.writing import export
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.places import find_session

pytestmark = pytest.mark.browser

TITLE = "document.querySelector('#detail h2').textContent"
SHOWN = "document.querySelector('.panel:not([hidden])').textContent"


def written(folder: SessionFolder, place: Path) -> str:
    path = place / "page.html"
    path.write_text(export(folder, "html").text)
    return path.as_uri()


@pytest.fixture
def tumours(tmp_path: Path) -> str:
    folder = find_session(str(Path(__file__).parents[3] / "sessions/tumours"), Path("nowhere"))
    return written(folder, tmp_path)


async def test_it_opens_at_the_best_and_asks_the_network_for_nothing(page: Page, tumours: str) -> None:
    await page.open(tumours)
    assert str(await page.value(TITLE)).startswith("◆ #9 Blend of a random forest")
    assert await page.value("document.querySelectorAll('.panel .l').length") > 100
    assert await page.value("document.querySelectorAll('.panel .keyword').length") > 20
    assert page.requests == [tumours]


async def test_an_address_opens_a_node_a_tab_and_a_theme(page: Page, tumours: str) -> None:
    await page.open(f"{tumours}#node-1,output,dark")
    assert "#1 A random forest" in str(await page.value(TITLE))
    assert "could not convert string to float" in str(await page.value(SHOWN))
    assert await page.value("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 27)"
    assert await page.value("document.querySelector('#row-1').classList.contains('now')")


async def test_a_click_shows_a_nodes_script_and_keys_move(page: Page, tumours: str) -> None:
    await page.open(tumours)
    await page.click("#row-2 .t")
    assert "#2 Histogram gradient boosting" in str(await page.value(TITLE))
    assert "HistGradientBoosting" in str(await page.value(SHOWN))
    assert await page.value("location.hash") == "#node-2"
    await page.press("j")
    assert "#3 " in str(await page.value(TITLE))
    await page.press("l")
    assert "#6 " in str(await page.value(TITLE))
    await page.press("2")
    assert "added," in str(await page.value(SHOWN))
    assert await page.value("document.querySelectorAll('.panel .l.add').length") > 0
    await page.press("h")
    await page.press("k")
    assert "#2 " in str(await page.value(TITLE))
    await page.press("b")
    assert "#9 " in str(await page.value(TITLE))
    await page.click(".curve a[href='#node-4']")
    assert "#4 " in str(await page.value(TITLE))


async def test_the_filter_hides_rows_and_the_button_turns_the_theme(page: Page, tumours: str) -> None:
    await page.scheme("light")
    await page.open(tumours)
    await page.press("/")
    for letter in "crash":
        await page.press(letter)
    assert await page.value("[...document.querySelectorAll('.row:not([hidden])')].map(r => r.id)") == ["row-1", "row-3"]
    await page.press("Escape")
    assert await page.value("document.querySelectorAll('.row:not([hidden])').length") == 14
    light = await page.value("getComputedStyle(document.body).backgroundColor")
    await page.click("#theme")
    dark = await page.value("getComputedStyle(document.body).backgroundColor")
    assert (light, dark) == ("rgb(251, 250, 246)", "rgb(18, 21, 27)")


async def test_it_follows_the_systems_scheme(page: Page, tumours: str) -> None:
    await page.scheme("dark")
    await page.open(tumours)
    assert await page.value("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 27)"


async def test_hostile_texts_are_shown_and_never_run(page: Page, tmp_path: Path) -> None:
    await page.open(written(usual(tmp_path / "toy").folder, tmp_path) + "#node-2,output")
    for key in ("1", "2", "3"):
        for node in range(4):
            await page.value(f"location.hash = '#node-{node}'")
            await page.press(key)
    assert await page.value("document.images.length + document.querySelectorAll('iframe').length") == 0
    await page.value("location.hash = '#node-2,output'")
    await page.value("new Promise(done => setTimeout(done, 50))")
    assert "<img src=x onerror=" in str(await page.value(SHOWN))
    assert "bytes left out here" in str(await page.value(SHOWN))
    assert await page.value("document.querySelectorAll('script').length") == 2


async def test_the_changes_are_those_of_the_scripts(page: Page, tmp_path: Path) -> None:
    made = Made(tmp_path / "toy")
    old = [f"line_{n} = {n}" for n in range(60)]
    new = ["first = 1", *old[:20], "changed = 20", *old[21:41], *old[44:]]
    made.node(0, 0.5, code="\n".join(old) + "\n", best=True)
    made.node(1, 0.6, (0,), code="\n".join(new) + "\n", best=True)
    await page.open(written(made.folder, tmp_path) + "#node-1,changes")
    lines = await page.value(
        "[...document.querySelectorAll('.panel:not([hidden]) .l')].map(l => [l.dataset.n, l.textContent])"
    )
    assert [t for n, t in lines if n == "+"] == ["first = 1", "changed = 20"]
    assert [t for n, t in lines if n == "−"] == ["line_20 = 20", "line_41 = 41", "line_42 = 42", "line_43 = 43"]
    kept = [(int(n), t) for n, t in lines if n.isdigit()]
    assert all(new[n - 1] == t for n, t in kept)
    assert [n for n, _ in kept] == [2, 3, 4, 19, 20, 21, 23, 24, 25, 40, 41, 42, 43, 44, 45]
    hidden = [int(t.split()[0]) for n, t in lines if n == ""]
    assert len(kept) + sum(hidden) + 2 == len(new)


@pytest.mark.parametrize("width", [420, 768, 1400])
async def test_nothing_is_wider_than_the_window(page: Page, tumours: str, width: int) -> None:
    await page.size(width, 900)
    await page.open(tumours)
    assert await page.value("document.documentElement.scrollWidth") <= width


async def test_a_thousand_nodes_open_and_move_quickly(page: Page, tmp_path: Path) -> None:
    made = Made(tmp_path / "toy")
    code = "\n".join(f"value_{n} = compute({n})  # a line" for n in range(150))
    for number in range(1000):
        parents = (max(0, number - 7),) if number > 5 else ()
        made.node(number, 0.5 + number / 1e4, parents, code=f"{code}\nx = {number}\n", best=number % 100 == 0)
    await page.open(written(made.folder, tmp_path))
    assert await page.value("document.querySelectorAll('.row').length") == 1000
    milliseconds = await page.value(
        "(() => { const start = performance.now(); for (let i = 0; i < 20; i++) document.dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'j', bubbles: true})); return (performance.now() - start) / 20; })()"
    )
    assert milliseconds < 200
