"""The report in a real browser: nothing is asked of the network, no text is wider than a phone, links lead on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.made_run import MadeRun
from tests.sessions.exports.chromium import Page
from tui_aide.bench.report import write

pytestmark = pytest.mark.browser


@pytest.fixture
def report(tmp_path: Path) -> str:
    made = MadeRun(tmp_path)
    made.fill()
    path = made.run.path / "report.html"
    path.write_text(write(made.run, "html"))
    return path.as_uri()


async def test_it_draws_and_asks_the_network_for_nothing(page: Page, report: str) -> None:
    await page.open(report)
    assert await page.value("document.querySelectorAll('.curves .line').length") == 6  # of three axes
    assert await page.value("document.querySelectorAll('.matrix i.gold').length") == 2
    assert page.requests == [report]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_is_wider_than_a_phone_but_tables_that_scroll(page: Page, report: str, scheme: str) -> None:
    await page.size(400, 800)
    await page.scheme(scheme)
    await page.open(report)
    width = await page.value("document.documentElement.clientWidth")
    assert await page.value("document.documentElement.scrollWidth") == width <= 400
    background = {"light": "rgb(251, 250, 246)", "dark": "rgb(18, 21, 27)"}[scheme]
    assert await page.value("getComputedStyle(document.body).backgroundColor") == background


async def test_a_cell_leads_to_its_line(page: Page, report: str) -> None:
    await page.open(report)
    await page.click(".matrix td a")
    assert await page.value("location.hash") == "#small_aide_line_s0"
    assert await page.value("document.querySelector(':target th').getBoundingClientRect().top < innerHeight")
