"""MLE-bench (Chan et al., 2024): its prepared competitions as tasks. What it keeps private is never opened here."""
