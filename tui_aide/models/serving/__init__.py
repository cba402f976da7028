"""Starting a vLLM server: which checkpoint and flags suit this machine, and a process that never outlives us."""
