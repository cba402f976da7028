"""Runs in the interpreter that has MLE-bench, not in ours: `python inside.py DATA COMPETITION [LEADERBOARD]`.

It says what the competition's scores are measured by, then reads paths of submissions on its standard input and answers
with their grades, one JSON object a line each, until its input ends. It imports nothing of ours.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any


def main(data: str, competition_id: str, leaderboard: str = "") -> int:
    """Serve one competition; every failure is an answer with the key `error`."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer

    def answer(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    try:
        from mlebench.data import get_leaderboard, is_dataset_prepared
        from mlebench.registry import registry
    except ImportError as error:
        answer({"error": "missing", "message": str(error)})
        return 1
    try:
        competition = registry.set_data_dir(Path(data)).get_competition(competition_id)
        if leaderboard:
            competition = dataclasses.replace(competition, leaderboard=Path(leaderboard))
        if not is_dataset_prepared(competition, grading_only=True):
            answer({"error": "unprepared", "message": str(competition.private_dir)})
            return 1
        if is_pointer(competition.leaderboard):
            answer({"error": "pointer", "message": str(competition.leaderboard)})
            return 1
        board = get_leaderboard(competition)
        answer(
            {
                "metric": competition.grader.name,
                "lower_is_better": bool(competition.grader.is_lower_better(board)),
                "scores": [float(score) for score in board["score"]],
                "limits": competition.grader.rank_score(None, board),
                "sample": str(competition.sample_submission),
            }
        )
    except Exception as error:  # noqa: BLE001  # a competition's code may raise anything
        answer({"error": "failed", "message": f"{type(error).__name__}: {error}"})
        return 1
    for line in sys.stdin:
        answer(grade(Path(json.loads(line)), competition))
    return 0


def is_pointer(path: Path) -> bool:
    """Whether a file is what Git leaves in the place of a large one that was not fetched."""
    return path.is_file() and path.read_bytes()[:64].startswith(b"version https://git-lfs")


def grade(submission: Path, competition: Any) -> dict[str, Any]:
    """Return the report of MLE-bench's grader, and what its validator says of a submission that has no score."""
    from mlebench.grade import grade_csv, validate_submission

    try:
        report = grade_csv(submission, competition)
        said = ""
        if report.submission_exists and not report.valid_submission:
            said = validate_submission(submission, competition)[1]
    except Exception as error:  # noqa: BLE001  # of a submission that is no table, say
        return {"made": submission.is_file(), "valid": False, "message": f"{type(error).__name__}: {error}"}
    medals = [medal for medal in ("gold", "silver", "bronze") if getattr(report, f"{medal}_medal")]
    return {
        "made": bool(report.submission_exists),
        "valid": bool(report.valid_submission),
        "score": None if report.score is None else float(report.score),
        "medal": medals[0] if medals else None,
        "above_median": bool(report.above_median),
        "message": said,
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
