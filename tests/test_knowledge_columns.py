"""The columns of the framework's tables, against the source of its wheels."""

from __future__ import annotations

import ast

import pytest
from wheels import sources

from flake8_orch47.knowledge.columns import COLUMNS

VERSIONS = ("4.7.2", "4.8.2", "5.0.5", "5.5.0")


def columns(version: str, table: str) -> tuple[set[str], set[str]]:
    """The attributes of a table that are plain columns of it, and the others."""
    with open(sources(version)["orchestrator.db.models"], "rb") as file:
        tree = ast.parse(file.read())
    [cls] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == table]
    found: tuple[set[str], set[str]] = set(), set()
    for node in cls.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            found[not ast.unparse(node.value).startswith("mapped_column(")].add(ast.unparse(target))
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("table", COLUMNS)
def test_what_is_taken_for_a_column_is_one_in_every_version(version: str, table: str) -> None:
    plain, others = columns(version, table)
    assert COLUMNS[table] <= plain
    assert not COLUMNS[table] & others
    assert len(COLUMNS[table]) >= len(plain) - 4
