"""How the sizes of the imperfect coder differ. What is published is marked so; the other figures are assumptions.

Published: the share of scripts that ran a step, the share of searches of 20 nodes with a valid submission (R1-Distill
under AIDE; Osman, 2025: 3.7, 24.8, 25.6 % and 20, 60, 63.3 %), and what a plan before the code changes (BigCodeBench:
-2.4, -3.4, +0.6 points). The kinds of failure follow the fifteen steps of the 14B log that is published with it.
Assumed: everything else, set so that AIDE's baseline meets the published figures. Both of them hold only if failures go
together, so the strength of the favourite bug is nearly all or nothing: in about two of five searches of the larger
sizes hardly anything loosens it.
"""

from __future__ import annotations

import msgspec


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One size.

    Attributes:
        thinking: median tokens of thinking before a script; drawn log-normally with `spread`.
        runaway: chance that thinking never ends.
        prose: chance that an answer holds no code.
        slip: chance that a draft's script has a bug, the favourite one aside.
        repair: chance that a bug is mended whose cause the prompt names; `blind` where it does not.
        grip: parameters of the beta distribution that the strength of the favourite bug is drawn from, once for each
            task and model seed: the chance that an answer has it, and the share by which its repair is less likely.
        critique: chance that a review names the cause that the prompt names; a third of it where that does not.
        checklist: chance that a review before any run finds a bug that can be seen in the text.
        planned: what a plan to follow adds to the chance of a script without a bug.
        skill: mean level of drafts, as a share of the bank's levels.
        up: chance that an improvement is one; `down` that it is the contrary; else the score stays.
        judge: chance that the better of two scripts is told.
    """

    thinking: int
    spread: float = 0.5
    runaway: float
    prose: float
    slip: float
    repair: float
    blind: float
    grip: tuple[float, float]
    critique: float
    checklist: float
    planned: float
    skill: float
    up: float
    down: float = 0.25
    judge: float = 0.615


PROFILES: dict[str, Profile] = {
    "7b": Profile(
        thinking=1100,
        runaway=0.16,
        prose=0.08,
        slip=0.6,
        repair=0.35,
        blind=0.05,
        grip=(1.0, 0.035),
        critique=0.3,
        checklist=0.15,
        planned=-0.024,
        skill=0.3,
        up=0.35,
    ),
    "14b": Profile(
        thinking=1400,
        runaway=0.07,
        prose=0.03,
        slip=0.4,
        repair=0.55,
        blind=0.07,
        grip=(0.15, 0.1),
        critique=0.45,
        checklist=0.25,
        planned=-0.034,
        skill=0.38,
        up=0.42,
    ),
    "32b": Profile(
        thinking=1600,
        runaway=0.06,
        prose=0.02,
        slip=0.42,
        repair=0.65,
        blind=0.1,
        grip=(0.2, 0.11),
        critique=0.55,
        checklist=0.35,
        planned=0.006,
        skill=0.48,
        up=0.48,
    ),
}
"""By the model ids that are served."""

SECOND = 0.15
"""Chance that a script with a bug has another one."""

AFTER_REPAIR, AFTER_IMPROVEMENT = 0.5, 0.6
"""How much of a draft's `slip` is left where a script is shown, and of the favourite bug's strength where it works."""

AFTER_RUNAWAY = 0.75
"""Chance that a model whose thinking was cut and which is asked for its answer only thinks on."""

PART_SHARE = 0.35
"""Of a whole script's thinking, and of its chance to run away or to write prose, that one part of five has."""

KINDS = {"import": 5.0, "path": 3.0, "name": 1.0, "column": 1.0, "submission": 1.0, "crash": 1.0, "slow": 0.3}
"""How often each kind of bug is made, relative to the others."""

FAVOURITES = {
    **{"import": 5.0, "path": 3.0, "runaway": 3.0, "prose": 1.0},
    **{"name": 1.0, "column": 1.0, "submission": 1.0, "crash": 1.0},
}
"""The same for what a model does again and again."""

LIES = 0.04
"""Chance that a script prints a made-up validation score, which harms only whoever believes it."""
