"""Resolution: what a name, call or value refers to, and what calling it executes (room 4 of the house)."""
