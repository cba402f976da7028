"""The session folder, its runner process, and how viewers follow and steer it."""
