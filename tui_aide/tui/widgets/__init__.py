"""Widgets of the terminal interface, one a file, each with its own CSS."""
