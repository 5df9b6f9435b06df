"""What the framework and other libraries look like, as data with its sources and versions.

A room of facts: no module here reads the linted code, and what changes with a library's next version is a row
of a table. Names are dotted and canonical: where they are defined, in the spelling of orchestrator-core 4.x.
"""
