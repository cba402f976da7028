"""Screens of the terminal interface, one a file."""
