"""Nodes, events, commands and the solution tree: pure data, no input or output."""
