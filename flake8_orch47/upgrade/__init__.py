"""The upgrade as a whole: which scenario of the guide applies to a project, and what is left to do."""
