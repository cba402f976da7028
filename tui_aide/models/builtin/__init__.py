"""The built-in proposer: rules in place of a language model, behind the same streaming interface."""
