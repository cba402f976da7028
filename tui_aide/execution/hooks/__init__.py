"""The folder that scripts find first on their path; the interpreter itself imports what lies in it."""
