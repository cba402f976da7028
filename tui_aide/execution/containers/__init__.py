"""Containers that scripts run in: the engine that makes them, their image, what they may do, and their end."""
