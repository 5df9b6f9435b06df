"""The doors of the house: flake8 plugin, command line, language server.

Every door shows the same findings for the same files; each converts rows and columns to its own convention.
Nothing below knows a door.
"""
