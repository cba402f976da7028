"""What runs on a script's side of its sandbox. Standard library only: any Python from 3.8 on must be able to run it."""
