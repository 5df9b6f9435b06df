"""Versions that are written down in code, and how the framework's compares with them."""

from __future__ import annotations

import ast
import re

__all__ = ["admits", "compared", "compares_with_one", "literal", "orders"]

#: Who compares with a version outside these does not mean orchestrator-core: it has no other ones worth asking for.
_MAJOR = (4, 5)
_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}


def orders(operator: ast.cmpop) -> bool:
    """Whether an operator is one of `<`, `<=`, `>` and `>=`."""
    return operator.__class__ in _SWAPPED


def compared(target: tuple[int, int], operator: ast.cmpop, version: tuple[int, int], *, mirrored: bool) -> bool | None:
    """How `target <operator> version` goes, or with the sides changed; None where the third number decides."""
    kind: type[ast.cmpop] = type(operator)
    if mirrored:
        kind = _SWAPPED.get(kind, kind)
    if kind is ast.GtE:
        return target >= version
    if kind is ast.Lt:
        return target < version
    if version == target:
        return None  # it depends on what follows the second number
    return target > version if kind is ast.Gt else target < version if kind is ast.LtE else None


def admits(specifier: str, target: tuple[int, int]) -> bool | None:
    """Whether a specifier such as `>=4.7,<5` admits the releases of a minor version; None where only some."""
    answers: set[bool | None] = set()
    operators: dict[str, ast.cmpop] = {">=": ast.GtE(), "<": ast.Lt(), ">": ast.Gt(), "<=": ast.LtE()}
    for part in specifier.split(","):
        found = re.fullmatch(r"\s*(>=|<=|<|>)\s*([\d.]+)\s*", part)
        version = literal(ast.Constant(found[2])) if found else None
        if found is None or version is None:
            return None
        answers.add(compared(target, operators[found[1]], version, mirrored=False))
    return False if False in answers else None if None in answers else True


def compares_with_one(test: ast.Compare) -> bool:
    """Whether a comparison may be one with a version, written down there or by a name."""
    if not orders(test.ops[0]):
        return False
    left, right = test.left, test.comparators[0]
    named = isinstance(left, ast.Name | ast.Attribute) and isinstance(right, ast.Name | ast.Attribute)
    return named or literal(left) is not None or literal(right) is not None


def literal(node: ast.expr) -> tuple[int, int] | None:
    """The first two numbers of a version that is written down: `(4, 7)`, `"4.7.0"`, `Version("4.7")`.

    None for one that no orchestrator-core has that matters.
    """
    version = _literal(node)
    return version if version is not None and version[0] in _MAJOR else None


def _literal(node: ast.expr) -> tuple[int, int] | None:
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
