"""Conditions that compare the installed orchestrator-core with a version, and how they go for the version aimed at."""

from __future__ import annotations

import ast

__all__ = ["holds"]

#: Who compares with a version outside these does not mean orchestrator-core: it has no other ones worth asking for.
_MAJOR = (4, 5)


def holds(test: ast.expr, target: tuple[int, int]) -> bool | None:
    """Whether a condition holds for the version `target`; None for one that asks something else, or more precisely.

    `Version(version("orchestrator-core")) >= Version("4.7")`, `CORE_VERSION < (4, 7)`, `"4.7" <= __version__`.
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        answer = holds(test.operand, target)
        return None if answer is None else not answer
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    left, right, operator = test.left, test.comparators[0], type(test.ops[0])
    version, asked = _literal(right), left
    if version is None:
        version, asked, operator = _literal(left), right, _SWAPPED.get(operator, operator)
    if version is None or version[0] not in _MAJOR or not _is_about_a_version(test, asked):
        return None
    if operator is ast.GtE:
        return target >= version
    if operator is ast.Lt:
        return target < version
    if version == target:
        return None  # it depends on what follows the second number
    return target > version if operator is ast.Gt else target < version if operator is ast.LtE else None


_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}


def _literal(node: ast.expr) -> tuple[int, int] | None:
    """The first two numbers of a version that is written down: `(4, 7)`, `"4.7.0"`, `Version("4.7")`."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        node = node.args[0]
    match node:
        case ast.Constant(value=str() as text):
            parts = text.split(".")[:2]
            numbers = [int(part) for part in parts if part.isascii() and part.isdigit()]
            if len(numbers) < len(parts):
                return None
        case ast.Tuple(elts=elements):
            numbers = [one.value for one in elements[:2] if isinstance(one, ast.Constant) and type(one.value) is int]
        case _:
            return None
    if not numbers:
        return None
    return numbers[0], numbers[1] if len(numbers) > 1 else 0


def _is_about_a_version(test: ast.expr, asked: ast.expr) -> bool:
    """Whether a comparison speaks of a version, and not of Python's."""
    words = {word.lower() for node in ast.walk(test) for word in (getattr(node, "id", ""), getattr(node, "attr", ""))}
    about_python = any(isinstance(node, ast.Attribute) and node.attr == "version_info" for node in ast.walk(asked))
    return not about_python and any("version" in word for word in words)
