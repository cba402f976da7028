"""Tasks: what is to be solved, how data are split and scored, and the bundled examples."""
