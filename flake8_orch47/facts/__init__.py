"""Module facts: one pass over a module's syntax tree, as plain data (room 5 of the house)."""
