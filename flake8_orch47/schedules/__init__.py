"""Schedules out of the code: every job that a project declares, as what the Scheduler API takes."""
