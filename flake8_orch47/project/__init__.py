"""The project: which files it has, their text, and what it requires of orchestrator-core."""
