"""The tables of other libraries' names, held against the libraries themselves and orchestrator-core's wheels."""

from __future__ import annotations

import ast
import asyncio
import builtins
import concurrent.futures
import gzip
import importlib
import importlib.util
import inspect
import itertools
import json
import multiprocessing
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.request
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from wheels import ROOT, sources

from flake8_orch47.knowledge import libraries
from flake8_orch47.knowledge.blocking import orchestrator
from flake8_orch47.knowledge.blocking.library import members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.knowledge.blocking.library import Library

CORE_DATA = os.path.join(os.path.dirname(ROOT), "shared", "data", "blocking_core.json")
CORE_VERSIONS = ("4.4.0", "4.6.5", "4.7.2", "4.8.2", "5.0.5", "5.5.0")

#: Names that some versions do not have: the module whose version decides, the first with it, the first without it.
VERSIONS: dict[str, tuple[str, tuple[int, ...], tuple[int, ...]]] = {
    "importlib.resources.open_binary": ("sys", (3, 7), (99,)),
    "pathlib.Path.copy": ("sys", (3, 14), (99,)),
    "pathlib.Path.copy_into": ("sys", (3, 14), (99,)),
    "pathlib.Path.is_junction": ("sys", (3, 12), (99,)),
    "pathlib.Path.move": ("sys", (3, 14), (99,)),
    "pathlib.Path.move_into": ("sys", (3, 14), (99,)),
    "pathlib.Path.walk": ("sys", (3, 12), (99,)),
    "pathlib.Path.with_segments": ("sys", (3, 12), (99,)),
    "telnetlib": ("sys", (3, 0), (3, 13)),
}

#: What the standard library documents as a class and implements as a factory: an object of that class.
FACTORIES = {"threading.Lock": threading.Lock(), "threading.RLock": threading.RLock()}


def classes_of(kind: str) -> Iterator[str]:
    """The classes that a type of the tables is made of."""
    form, parts = libraries.unpack(kind)
    for part in parts:
        if form == "instance":
            yield part
        else:
            yield from classes_of(part)


def names_of(library: Library) -> set[str]:
    """Every dotted name that a library's tables use, without wildcards and states."""
    rows = itertools.chain(library.calls, library.iterating, library.entering, library.leaving)
    names = {name for row in rows for name in members(row.owners, row.names)}
    names |= {*library.awaitable, *library.aliases, *library.aliases.values(), *library.bases}
    names |= {base for bases in library.bases.values() for base in bases.split()}
    for table in (library.returns, library.attributes, library.enters, library.elements):
        names |= {*table, *(name for kind in table.values() for name in classes_of(kind))}
    for other in (library.offloading, library.in_place, library.passes, library.enters_argument):
        names |= set(other)
    return {name.removesuffix(".*").replace("[stream]", "") for name in names}


NAMES = sorted(name for name in set().union(*map(names_of, libraries.LIBRARIES)) if not name.startswith("orchestrator"))


@cache
def is_installed(package: str) -> bool:
    return package in dir(builtins) or importlib.util.find_spec(package) is not None


def version_of(package: str) -> tuple[int, ...]:
    if package == "sys":
        return sys.version_info[:3]
    return tuple(int(part) for part in importlib.import_module(package).__version__.split(".")[:2])


def is_expected(name: str) -> bool:
    for known, (package, first, gone) in VERSIONS.items():
        if name == known or name.startswith(f"{known}."):
            return first <= version_of(package) < gone
    return True


def find(name: str) -> Any:
    """The object of that dotted name; raises AttributeError where a part of it does not exist."""
    parts = name.split(".")
    found: Any = builtins
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        break
    else:
        end = 0
    for position, part in enumerate(parts[end:], end):
        if not isinstance(found, ModuleType) and part in attributes_set_by(found):
            return None
        found = getattr(found, part)
        found = FACTORIES.get(".".join(parts[: position + 1]), found)
    return found


def attributes_set_by(cls: Any) -> set[str]:
    """The names that the class and its bases assign to `self`, which only instances have."""
    trees = [ast.parse(inspect.cleandoc("\n" + source)) for source in sources_of(cls)]
    return {
        target.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        for target in [node]
    }


def sources_of(cls: Any) -> Iterator[str]:
    for base in inspect.getmro(cls) if inspect.isclass(cls) else ():
        try:
            yield inspect.getsource(base)
        except (OSError, TypeError):
            continue


if __name__ == "__main__":
    for name in NAMES:
        package = name.split(".")[0]
        if not is_installed(package): print("absent", name); continue
        try: find(name); ok=True
        except AttributeError as e: ok=False
        if ok != is_expected(name): print("MISSING" if not ok else "UNEXPECTED", name)
