"""AIDE (aideml, unpatched, from its package) and tui_aide against the same server, with the same delays and scripts."""
