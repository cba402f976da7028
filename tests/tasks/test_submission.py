from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tui_aide.tasks.invalid_submission import InvalidSubmission
from tui_aide.tasks.submission import Checked, Expected, IdIndex, check_submission, refuse_constant

IDS = ["10", "11", "12", "13"]
VALUES = Expected("Id", ("y",), "values", (), "rmse")
PROBABILITY = Expected("Id", ("y",), "probabilities", ("no", "yes"), "roc_auc")
LABELS = Expected("Id", ("y",), "labels", ("1", "2", "3"), "accuracy")
WIDE = Expected("Id", ("a", "b", "c"), "probabilities", ("a", "b", "c"), "log_loss")


def check(folder: Path, text: str, expected: Expected, ids: list[str] = IDS) -> Checked:
    path = folder / "submission.csv"
    path.write_text(text)
    return check_submission(path, expected, IdIndex(ids))


def refusal(folder: Path, text: str, expected: Expected, ids: list[str] = IDS) -> str:
    with pytest.raises(InvalidSubmission) as caught:
        check(folder, text, expected, ids)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "Id,y\n10,1\n11,2\n12,3\n13,4\n",
        "Id,y\n13,4\n11,2\n12,3\n10,1\n",
        "y,Id\n1,10\n2,11\n3,12\n4,13\n",
        '"Id","y"\n"10","1.0"\n"11","2"\n"12","3"\n"13","4"\n',
        "Id,y\n10.0,1\n11.0,2\n12.0,3\n13.0,4\n",
        "\ufeffId,y\r\n10,1\r\n11,2\r\n12,3\r\n13,4\r\n",
        "Id;y\n10;1\n11;2\n12;3\n13;4\n",
        "Id, y\n10, 1\n11, 2\n12, 3\n13, 4",
        ",Id,y\n0,10,1\n1,11,2\n2,12,3\n3,13,4\n",
        "Id,y\n010,1\n011,2\n012,3\n013,4e0\n",
    ],
)
def test_rows_in_any_order_and_benign_formats_are_taken(tmp_path: Path, text: str) -> None:
    assert list(check(tmp_path, text, VALUES).predictions) == [1, 2, 3, 4]


def test_integer_classes_written_as_floats_are_taken(tmp_path: Path) -> None:
    assert list(check(tmp_path, "Id,y\n10,1.0\n11,2.0\n12,3\n13,1\n", LABELS).predictions) == [0, 1, 2, 0]


def test_text_ids_are_taken_with_blanks_around(tmp_path: Path) -> None:
    assert list(check(tmp_path, "Id,y\nb , 2\n a,1\n", VALUES, ["a", "b"]).predictions) == [1, 2]


def test_booleans_in_other_case_are_taken(tmp_path: Path) -> None:
    expected = Expected("Id", ("y",), "labels", ("False", "True"), "accuracy")
    text = "Id,y\n10,true\n11,FALSE\n12,True\n13,False\n"
    assert list(check(tmp_path, text, expected).predictions) == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "submission.csv is empty"),
        ("Id\n10\n", "it lacks 'y'; it must have 'Id', 'y'"),
        ("Id,target\n10,1\n", "it lacks 'y' and has 'target' too many"),
        ("Id,y,z\n10,1,1\n", "it has 'z' too many"),
        ("Id,y\n10,1\n11,2\n", "2 of 4 rows missing, e.g. '12'"),
        ("Id,y\n10,1\n11,2\n12,3\n13,4\n14,5\n", "1 rows with an unknown Id, e.g. '14'"),
        ("Id,y\n10,1\n11,2\n12,3\n13,4\n13,5\n", "1 ids more than once, e.g. '13'"),
        ("Id,y\n10,1\n11,2\n12,3\n13,\n", "1 predictions are not finite numbers, e.g. '' for Id 13"),
        ("Id,y\n10,1\n11,nan\n12,3\n13,2\n", "e.g. 'nan' for Id 11"),
        ("Id,y\n10,1\n11,inf\n12,3\n13,2\n", "e.g. 'inf' for Id 11"),
        ("Id,y\n10,1\n11,two\n12,3\n13,2\n", "e.g. 'two' for Id 11"),
        ("Id,y\n10,1,9\n11,2,9\n", "more fields than its header"),
        ('Id,y\n10,"1\n11,2\n', "cannot be read as CSV"),
    ],
)
def test_what_is_refused_and_why(tmp_path: Path, text: str, part: str) -> None:
    assert part in refusal(tmp_path, text, VALUES)


def test_constant_predictions_are_refused_unless_another_fold_varies(tmp_path: Path) -> None:
    constant = check(tmp_path, "Id,y\n10,1\n11,1\n12,1\n13,1\n", VALUES)
    varied = check(tmp_path, "Id,y\n10,1\n11,1\n12,1\n13,2\n", VALUES)
    with pytest.raises(InvalidSubmission, match=r"all predictions are the same \(1\)"):
        refuse_constant([constant, constant], VALUES)
    refuse_constant([constant, varied], VALUES)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidSubmission, match=r"must write \./submission.csv"):
        check_submission(tmp_path / "submission.csv", VALUES, IdIndex(IDS))


def test_binary_file(tmp_path: Path) -> None:
    (tmp_path / "submission.csv").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(InvalidSubmission, match="cannot be read as CSV"):
        check_submission(tmp_path / "submission.csv", VALUES, IdIndex(IDS))


def test_probabilities_out_of_range(tmp_path: Path) -> None:
    text = refusal(tmp_path, "Id,y\n10,0.1\n11,1.2\n12,-0.3\n13,0\n", PROBABILITY)
    assert "2 rows have probabilities outside 0..1, e.g. 1.2 for Id 11" in text


def test_unknown_labels(tmp_path: Path) -> None:
    text = refusal(tmp_path, "Id,y\n10,1\n11,4\n12,4\n13,3\n", LABELS)
    assert "unknown class '4' in 2 rows; classes are '1', '2', '3'" in text


def test_probabilities_instead_of_labels(tmp_path: Path) -> None:
    assert "probabilities are not asked for" in refusal(tmp_path, "Id,y\n10,0.7\n11,1\n12,2\n13,3\n", LABELS)


def test_rmsle_takes_no_negative_predictions(tmp_path: Path) -> None:
    expected = Expected("Id", ("y",), "values", (), "rmsle")
    assert "clip them" in refusal(tmp_path, "Id,y\n10,1\n11,-0.5\n12,2\n13,3\n", expected)


def wide(*rows: tuple[float, float, float]) -> str:
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])
    frame.insert(0, "Id", IDS)
    return frame.to_csv(index=False)


def test_probabilities_nearly_summing_to_one_are_scaled_and_noted(tmp_path: Path) -> None:
    checked = check(tmp_path, wide((0.5, 0.3, 0.21), (0, 1, 0), (1, 0, 0), (0, 0, 1)), WIDE)
    assert checked.predictions.sum(axis=1) == pytest.approx(1)
    assert "scaled" in checked.notes[0]


def test_probabilities_far_from_summing_to_one_are_refused(tmp_path: Path) -> None:
    text = refusal(tmp_path, wide((0.5, 0.3, 0.1), (0, 1, 0), (1, 0, 0), (0, 0, 1)), WIDE)
    assert "1 rows of probabilities do not sum to 1, e.g. 0.9 for Id 10" in text


def test_columns_ranked_one_by_one_need_not_sum_to_one(tmp_path: Path) -> None:
    expected = Expected("Id", ("a", "b", "c"), "probabilities", ("a", "b", "c"), "roc_auc_columns")
    checked = check(tmp_path, wide((0.9, 0.9, 0.9), (0, 1, 0), (1, 0, 0), (0, 0, 1)), expected)
    assert checked.predictions.shape == (4, 3)


def test_two_columns_of_two_classes_become_the_positive_one(tmp_path: Path) -> None:
    expected = Expected("Id", ("no", "yes"), "probabilities", ("no", "yes"), "brier")
    text = "Id,no,yes\n10,0.9,0.1\n11,0.2,0.8\n12,0.5,0.5\n13,0,1\n"
    assert check(tmp_path, text, expected).predictions == pytest.approx(np.array([0.1, 0.8, 0.5, 1.0]))


def test_ids_beyond_what_floats_hold_are_told_apart(tmp_path: Path) -> None:
    ids = ["9007199254740993", "9007199254740992"]
    text = f"Id,y\n{ids[1]},2\n{ids[0]},1\n"
    assert list(check(tmp_path, text, VALUES, ids).predictions) == [1, 2]
