"""Conditions that compare the installed orchestrator-core with a version, and how they go for the version aimed at."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compares_with_one", "holds", "is_about_a_version", "speaks_of_a_version"]

#: Who compares with a version outside these does not mean orchestrator-core: it has no other ones worth asking for.
_MAJOR = (4, 5)


def holds(test: ast.expr, target: tuple[int, int], assigned: Callable[[str], ast.expr | None]) -> bool | None:
    """Whether a condition holds for the version `target`; None for one that asks something else, or more precisely.

    `Version(version("orchestrator-core")) >= Version("4.7")`, `CORE_VERSION < (4, 7)`, `"4.7" <= __version__`.
    `assigned` gives what a variable is made of, None where that is not one thing.
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        answer = holds(test.operand, target, assigned)
        return None if answer is None else not answer
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    left, right, operator = test.left, test.comparators[0], type(test.ops[0])
    version, asked = _literal(right), left
    if version is None:
        version, asked, operator = _literal(left), right, _SWAPPED.get(operator, operator)
    if version is None or version[0] not in _MAJOR:
        return None
    if not (is_about_a_version(test, asked) or _is_made_of_a_version(asked, assigned)):
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


def compares_with_one(test: ast.Compare) -> bool:
    """Whether a comparison may be one with a version that is written down."""
    return test.ops[0].__class__ in _SWAPPED and (
        _literal(test.left) is not None or _literal(test.comparators[0]) is not None
    )


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
        case ast.Constant(value=float() as number):
            return _literal(ast.Constant(str(number)))
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            numbers = [one.value for one in elements[:2] if isinstance(one, ast.Constant) and type(one.value) is int]
        case _:
            return None
    if not numbers:
        return None
    return numbers[0], numbers[1] if len(numbers) > 1 else 0


def is_about_a_version(test: ast.expr, asked: ast.expr) -> bool:
    """Whether a comparison speaks of a version, and not of Python's."""
    about_python = any(isinstance(node, ast.Attribute) and node.attr == "version_info" for node in ast.walk(asked))
    return not about_python and speaks_of_a_version(test)


def speaks_of_a_version(node: ast.AST) -> bool:
    """Whether a name in some code has "version" in it."""
    return any(
        "version" in (getattr(inner, "id", "") or getattr(inner, "attr", "")).lower() for inner in ast.walk(node)
    )


def _is_made_of_a_version(asked: ast.expr, assigned: Callable[[str], ast.expr | None]) -> bool:
    """Whether variables in an expression are made of a version: `CORE = version("orchestrator-core").split(".")`."""
    names = {node.id for node in ast.walk(asked) if isinstance(node, ast.Name)}
    values = [value for name in names if (value := assigned(name)) is not None]
    return any(is_about_a_version(value, value) for value in values)
