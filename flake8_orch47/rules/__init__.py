"""The rules: one module per family (room 3 of the house)."""
