"""ORC202, and callers of a callback that becomes async: `check(user)` becomes `await check(user)`."""

from __future__ import annotations

import libcst as cst

__all__ = ["awaited", "listed"]


def awaited(node: cst.CSTNode, bracketed: bool = False) -> cst.BaseExpression:
    """`await node`; in brackets where something binds closer than `await` (`(await check(user)).allowed`)."""
    if not isinstance(node, cst.BaseExpression):
        raise TypeError(f"{type(node).__name__} is no expression")
    lpar, rpar = node.lpar, node.rpar
    inner = node.with_changes(lpar=(), rpar=())
    if bracketed and not lpar:
        lpar, rpar = (cst.LeftParen(),), (cst.RightParen(),)
    return cst.Await(inner, lpar=lpar, rpar=rpar)


def listed(node: cst.CSTNode) -> cst.BaseExpression:
    """`any(... for ...)` becomes `any([... for ...])`: what awaits inside must not be a generator expression."""
    if not isinstance(node, cst.GeneratorExp):
        raise TypeError(f"{type(node).__name__} is no generator expression")
    return cst.ListComp(node.elt, node.for_in, lpar=node.lpar, rpar=node.rpar)
