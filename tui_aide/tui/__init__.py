"""The terminal interface: renders what viewers fold, and sends commands."""
