from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_r1.texts import LEARNT, learnt_transcripts
from tests.vllm_double.transcripts import BANK, BROKEN, WORKING, from_bank, transcript
from tui_aide.code.extraction import extract
from tui_aide.tasks.bundled.materialising import materialise
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.preparing import prepare
from tui_aide.tasks.scoring import Scorer


def script(name: str) -> str:
    found = re.search(r"```python\n(.*?)```", transcript(name)[1], re.DOTALL)
    assert found
    return found[1]


def run(code: str, folder: Path, given: Path) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    (folder / "input").symlink_to(given)
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["friedman", "tumours", "ordinal", "digits"])
def test_the_working_scripts_solve_tasks_of_every_kind(name: str, tmp_path: Path) -> None:
    session = tmp_path / "session"
    prepared = prepare(load_task(materialise(name, tmp_path / "tasks")), session, 0)
    for kind in WORKING:
        folders = [tmp_path / f"{kind}-{fold}" for fold in range(len(prepared.inputs))]
        for folder, given in zip(folders, prepared.inputs, strict=True):
            ended = run(script(kind), folder, given)
            assert ended.returncode == 0, ended.stderr
        node = session / "nodes" / kind
        node.mkdir(parents=True)
        assert Scorer(session).score(node, [folder / "submission.csv" for folder in folders]).rows > 0


def test_the_broken_ones_are_broken_as_their_names_say(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for name in ("train", "test", "sample_submission"):
        (given / f"{name}.csv").write_text("id,x\n1,2\n2,3\n")
    crashed = run(script("wrong_column"), tmp_path / "crash", given)
    assert "KeyError: 'Target_Value'" in crashed.stderr
    looked = run(script("no_submission"), tmp_path / "look", given)
    assert looked.returncode == 0
    assert not (tmp_path / "look" / "submission.csv").exists()
    assert extract(transcript("syntax")[1]).problem == "syntax"
    assert extract(transcript("no_code")[1]).problem == "no_code"
    assert {*WORKING, *BROKEN} == set(BANK)


def test_the_seed_picks_the_transcript() -> None:
    assert [from_bank([], seed) for seed in (0, 3, 8)] == [
        transcript(BANK[0]),
        transcript(BANK[3]),
        transcript(BANK[0]),
    ]


def test_what_the_tiny_model_learns_is_short_plain_and_begins_differently() -> None:
    learnt = learnt_transcripts()
    for known in learnt:
        assert (known.thinking + known.answer).isascii()
        assert known.answer.startswith("\n\n")
        assert known.answer.endswith("```\n")
        assert extract(known.answer).problem is None
        assert len(known.answer.splitlines()) < 60
    assert len({known.thinking.split()[0] for known in learnt}) == len(LEARNT)
