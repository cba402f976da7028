"""The bench: suites of searches, run as ordinary sessions, graded on private labels and reported."""
