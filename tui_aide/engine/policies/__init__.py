"""Policies: which node to work on next, and why. One a file."""
