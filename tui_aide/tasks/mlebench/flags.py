"""What is known to be wrong with single competitions of MLE-bench, so that no figure on them is read without it.

None of this may reach a model: that a column leaks is a hint at how.
"""

from __future__ import annotations

from typing import Literal

import msgspec

FlagKind = Literal["leaks", "crowded", "flawed"]
"""`leaks`: the public files tell the answers; `crowded`: gold is next to the median; `flawed`: prepared wrongly."""


class Flag(msgspec.Struct, frozen=True):
    """One known problem: what it is, in a sentence, and where that is said."""

    kind: FlagKind
    reason: str
    source: str

    def words(self, id_: str) -> str:
        """Return the flag in one line."""
        return f"{id_} {_WORDS[self.kind]}: {self.reason} ({self.source})"


_WORDS = {"leaks": "leaks", "crowded": "is crowded", "flawed": "is flawed"}
_KNOWN = "MLE-bench's README, Known Issues"
_ISSUE = "openai/mle-bench#"
_NEAR = "the best team's score is hardly above the median's, so medals hang on the last decimals"

FLAGS: dict[str, Flag] = {
    "random-acts-of-pizza": Flag("leaks", "a public field is filled in for successful requests only", f"{_ISSUE}108"),
    "multi-modal-gesture-recognition": Flag("leaks", "public test files hold labels", f"{_ISSUE}77"),
    "smartphone-decimeter-2022": Flag("leaks", "public test files tell the positions", f"{_ISSUE}93"),
    "hubmap-kidney-segmentation": Flag("leaks", "public test files tell the masks nearly", _KNOWN),
    "dog-breed-identification": Flag(
        "leaks", "its images and their labels are those of a public data set, Stanford Dogs", f"{_ISSUE}128"
    ),
    "tabular-playground-series-dec-2021": Flag("crowded", _NEAR, _KNOWN),
    "tabular-playground-series-may-2022": Flag("crowded", _NEAR, _KNOWN),
    "jigsaw-toxic-comment-classification-challenge": Flag("crowded", _NEAR, _KNOWN),
    "aerial-cactus-identification": Flag(
        "crowded", "the leaderboard's scores are all but perfect ones, so places mean little", f"{_ISSUE}40"
    ),
    "tensorflow-speech-recognition-challenge": Flag(
        "flawed",
        "test labels are not mapped to the classes asked for, and speakers are on both sides",
        f"{_ISSUE}63",
    ),
    "icecube-neutrinos-in-deep-ice": Flag("flawed", "its checksums do not match", f"{_ISSUE}58"),
    "ranzcr-clip-catheter-line-classification": Flag(
        "flawed", "the sample submission lacks columns that the grader asks for", f"{_ISSUE}30"
    ),
    "champs-scalar-coupling": Flag("flawed", "the structures of the test molecules are missing", f"{_ISSUE}70"),
}
"""By id, as of MLE-bench's repository in February 2026, its issues and pull requests."""
