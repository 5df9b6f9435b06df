"""Find, explain and repair what breaks when an application moves to orchestrator-core 4.7."""

__version__ = "0.1.0"
