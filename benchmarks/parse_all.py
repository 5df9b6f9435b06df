"""A reference: parse every Python file below a folder, keep nothing.

python parse_all.py ast|libcst FOLDER
"""

from __future__ import annotations

import ast
import os
import sys
import warnings


def main(parser: str, top: str) -> None:
    """Parses with `ast` or `libcst`."""
    warnings.simplefilter("ignore")
    if parser == "libcst":
        from libcst import parse_module as parse
    else:
        parse = ast.parse  # type: ignore[assignment]
    for directory, _, files in os.walk(top):
        for name in files:
            if name.endswith(".py"):
                with open(os.path.join(directory, name), "rb") as file:
                    parse(file.read())


if __name__ == "__main__":
    main(*sys.argv[1:])
