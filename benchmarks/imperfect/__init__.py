"""An imperfect coder: a model server whose scripts are broken as small open reasoning models break theirs."""
