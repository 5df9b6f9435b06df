"""ORC202, and callers of a callback that becomes async: `check(user)` becomes `await check(user)`."""

from __future__ import annotations

import ast

import libcst as cst

__all__ = ["awaited", "first", "listed", "loop"]

_SPACE = cst.SimpleWhitespace(" ")


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


def first(node: cst.CSTNode, wanted: bool, bracketed: bool = False) -> cst.BaseExpression:
    """`any(E for ...)` becomes `await anext((True for ... if E), False)`, and `all` the first that is not.

    Both stop at the first that decides, as `any` and `all` do: what comes after it is not asked.
    """
    if not isinstance(node, cst.Call) or not isinstance(node.args[0].value, cst.GeneratorExp):
        raise TypeError("no call with a generator expression")
    generator = node.args[0].value
    space = generator.for_in.whitespace_before
    before: cst.BaseParenthesizableWhitespace = _SPACE
    if isinstance(space, cst.ParenthesizedWhitespace):  # a line of its own, as the `for` has
        before = cst.ParenthesizedWhitespace(indent=space.indent, last_line=space.last_line)
    asked = cst.CompIf(_asked(generator.elt, wanted), before)
    lpar = generator.lpar or [cst.LeftParen(node.whitespace_before_args)]
    rpar = generator.rpar or [cst.RightParen(node.args[0].whitespace_after_arg)]
    made = generator.with_changes(
        elt=cst.Name(str(wanted)), for_in=_with_condition(generator.for_in, asked), lpar=lpar, rpar=rpar
    )
    comma = cst.Comma(whitespace_after=_SPACE)
    call = cst.Call(cst.Name("anext"), [cst.Arg(made, comma=comma), cst.Arg(cst.Name(str(not wanted)))])
    brackets = node.lpar or ([cst.LeftParen()] if bracketed else [])
    return cst.Await(call, lpar=brackets, rpar=node.rpar or ([cst.RightParen()] if bracketed else []))


def loop(body: list[cst.BaseStatement], wanted: bool) -> list[cst.BaseStatement]:
    """`return any(E for ...)` becomes a loop that returns True at the first E, and False behind it."""
    line = body[0]
    returned = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
    call = returned.value if isinstance(returned, cst.Return) else None
    if not isinstance(line, cst.SimpleStatementLine) or not isinstance(call, cst.Call):
        raise TypeError("no `return` of a call")
    generator = call.args[0].value
    if not isinstance(generator, cst.GeneratorExp):
        raise TypeError("no generator expression")
    block = [_returning(wanted)]
    made = _looped(generator.for_in, _asked(generator.elt, wanted), block)
    return [
        made.with_changes(leading_lines=line.leading_lines),
        _returning(not wanted).with_changes(trailing_whitespace=line.trailing_whitespace),
    ]


def _looped(part: cst.CompFor, asked: cst.BaseExpression, block: list[cst.SimpleStatementLine]) -> cst.For:
    """The loop of a `for` of a comprehension, with the loops inside it; `asked` is the last condition."""
    conditions = [one.test for one in part.ifs]
    inner: cst.BaseStatement
    if part.inner_for_in is not None:
        inner = _looped(part.inner_for_in, asked, block)
    else:
        conditions.append(asked)
        inner = block[0]
    if conditions:
        inner = cst.If(_joined(conditions), cst.IndentedBlock([inner]))
    asynchronous = None if part.asynchronous is None else cst.Asynchronous()
    return cst.For(part.target, _in_brackets(part.iter), cst.IndentedBlock([inner]), asynchronous=asynchronous)


def _returning(answer: bool) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Return(cst.Name(str(answer)))])


def _asked(node: cst.BaseExpression, wanted: bool) -> cst.BaseExpression:
    """What is asked about each one: whether it is true, or whether it is not."""
    if wanted:
        return _operand(node)
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        return node.expression
    return cst.UnaryOperation(cst.Not(), _operand(node, cst.BooleanOperation))


def _joined(conditions: list[cst.BaseExpression]) -> cst.BaseExpression:
    """Conditions with `and` between them."""
    joined = _in_brackets(conditions[0])
    for one in conditions[1:]:
        joined = cst.BooleanOperation(_either(joined), cst.And(), _either(_in_brackets(one)))
    return joined


def _either(node: cst.BaseExpression) -> cst.BaseExpression:
    """An operand of `and`: `or` binds less than that."""
    is_or = isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.Or)
    return _operand(node, cst.BooleanOperation) if is_or else _operand(node)


def _operand(node: cst.BaseExpression, *more: type[cst.BaseExpression]) -> cst.BaseExpression:
    """An expression that stands in a condition: in brackets where something would bind closer."""
    if not node.lpar and isinstance(node, (cst.IfExp, cst.Lambda, cst.NamedExpr, *more)):
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def _in_brackets(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression that goes on in another line in brackets of its own: those around it go."""
    try:
        ast.parse(cst.Module([]).code_for_node(node), mode="eval")
    except SyntaxError:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def _with_condition(part: cst.CompFor, condition: cst.CompIf) -> cst.CompFor:
    """The `for` parts of a comprehension with one more condition at their end."""
    if part.inner_for_in is not None:
        return part.with_changes(inner_for_in=_with_condition(part.inner_for_in, condition))
    return part.with_changes(ifs=[*part.ifs, condition])
