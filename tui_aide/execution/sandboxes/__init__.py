"""What keeps a script to its own folder, one kind a file."""
