"""A reference: parse every Python file below a folder, or the files given; keep nothing.

python parse_all.py ast|libcst FOLDER|FILE ...
"""

from __future__ import annotations

import ast
import os
import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def main(parser: str, *tops: str) -> None:
    """Parses with `ast` or `libcst`."""
    warnings.simplefilter("ignore")
    if parser == "libcst":
        from libcst import parse_module as parse
    else:
        parse = ast.parse  # type: ignore[assignment]
    for top in tops:
        for path in [top] if os.path.isfile(top) else _below(top):
            with open(path, "rb") as file:
                parse(file.read())


def _below(top: str) -> Iterator[str]:
    for directory, _, files in os.walk(top):
        yield from (os.path.join(directory, name) for name in files if name.endswith(".py"))


if __name__ == "__main__":
    main(*sys.argv[1:])
