"""The search: scheduler, budget, operators, policies and strategies. Knows no screen and no file layout."""
