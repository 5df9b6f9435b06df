"""ORC201: an authorization callback becomes async."""

from __future__ import annotations

import libcst as cst

__all__ = ["attribute_of", "awaitable", "made_async", "other_attribute", "other_name"]


def made_async(node: cst.CSTNode) -> cst.FunctionDef:
    """`def` becomes `async def`; what is async already stays."""
    if not isinstance(node, cst.FunctionDef):
        raise TypeError(f"{type(node).__name__} is no function")
    return node if node.asynchronous else node.with_changes(asynchronous=cst.Asynchronous())


def other_name(_node: cst.CSTNode, name: str) -> cst.Name:
    """A name takes the place of whatever expression stood for the old function."""
    lpar, rpar = getattr(_node, "lpar", ()), getattr(_node, "rpar", ())
    return cst.Name(name, lpar=lpar, rpar=rpar)


def other_attribute(node: cst.CSTNode, name: str) -> cst.Attribute:
    """`policy.check` becomes `policy.check_async`."""
    if not isinstance(node, cst.Attribute):
        raise TypeError(f"{type(node).__name__} is no attribute")
    return node.with_changes(attr=cst.Name(name))


def attribute_of(node: cst.CSTNode, name: str) -> cst.Attribute:
    """`policy`, an instance that can be called, becomes `policy.call_async`."""
    if not isinstance(node, cst.BaseExpression):
        raise TypeError(f"{type(node).__name__} is no expression")
    binds_closer = isinstance(node, cst.Name | cst.Attribute | cst.Call | cst.Subscript) or node.lpar
    value = node if binds_closer else node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.Attribute(value, cst.Name(name))


def awaitable(node: cst.CSTNode, name: str) -> cst.Subscript:
    """The result `bool` of a callable becomes `Awaitable[bool]`."""
    if not isinstance(node, cst.BaseExpression):
        raise TypeError(f"{type(node).__name__} is no expression")
    made = cst.parse_expression(name)
    return cst.Subscript(made, [cst.SubscriptElement(cst.Index(node))])
