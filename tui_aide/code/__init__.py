"""Reading scripts: extraction from an answer, syntax, highlighting. Never runs them."""
