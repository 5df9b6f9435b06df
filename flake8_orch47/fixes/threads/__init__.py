"""Blocking work in a thread: what of a function moves, and in which form. No libcst here."""
