"""The command line: one file per command, no method of its own."""

from organotropism.cli.run import main

__all__ = ["main"]
