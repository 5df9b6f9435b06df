"""ORC201: an authorization callback becomes async."""

from __future__ import annotations

import libcst as cst

__all__ = ["made_async"]


def made_async(node: cst.CSTNode) -> cst.FunctionDef:
    """`def` becomes `async def`; what is async already stays."""
    if not isinstance(node, cst.FunctionDef):
        raise TypeError(f"{type(node).__name__} is no function")
    return node if node.asynchronous else node.with_changes(asynchronous=cst.Asynchronous())
