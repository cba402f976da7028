"""Strategies: how an operator spends inference-time compute. One a file."""
