"""Grading competitions of MLE-bench: by its own package in its own interpreter, or by ours without it."""
