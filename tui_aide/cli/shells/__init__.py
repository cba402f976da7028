"""The completion scripts of the shells: thin, they ask the program itself what could come next."""
