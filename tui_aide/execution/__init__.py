"""Executors: how a generated script is run, limited, watched and killed."""
