"""Blocking work in a thread: what the fixes of ORC301 to ORC308 write. `fixes.threads.moves` says what a move is."""

from __future__ import annotations

import libcst as cst

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["in_function", "in_thread", "statements", "whole_body"]

_SPACE = cst.SimpleWhitespace(" ")
_EMPTY = cst.EmptyLine(indent=False)


# Expressions


def in_thread(
    node: cst.BaseExpression, form: str, target: str, bracketed: bool, indent: str | None = None, longest: int = 0
) -> cst.BaseExpression:
    """`f(a)` as `await asyncio.to_thread(f, a)`, or in another of the forms of `fixes.threads.moves.Form`.

    With `indent`, the white space before the line, the arguments come to stand on lines of their own.
    """
    if isinstance(node, cst.Call):
        match form:
            case "call":
                call = _on_lines(_call_in_thread(node, target), indent, longest)
                return _bracketed(cst.Await(call), node, bracketed)
            case "await":
                return _bracketed(cst.Await(_operand(node.args[0].value)), node, bracketed)
    body = _bare(node)
    if form == "bool":
        body = cst.Call(cst.Name("bool"), [cst.Arg(body)])
    call = cst.Call(cst.parse_expression(target), [cst.Arg(cst.Lambda(cst.Parameters(), body))])
    return _bracketed(cst.Await(_on_lines(call, indent, longest)), node, bracketed)


def _on_lines(call: cst.Call, indent: str | None, longest: int) -> cst.Call:
    """A call with its arguments on the next line, or on one line each where that would be too long."""
    if indent is None:
        return call
    last = call.args[-1]
    inner = " " * 4 if "\t" not in indent else "\t"
    text = ", ".join(
        cst.Module([]).code_for_node(one.with_changes(comma=cst.MaybeSentinel.DEFAULT)) for one in call.args
    )
    deeper = cst.ParenthesizedWhitespace(last_line=cst.SimpleWhitespace(indent + inner))
    end = cst.ParenthesizedWhitespace(last_line=cst.SimpleWhitespace(indent))
    if len(indent) + 4 + len(text) <= longest or len(call.args) < 2:
        arguments = [*call.args[:-1], last.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=end)]
    else:
        comma = cst.Comma(whitespace_after=deeper)
        arguments = [one.with_changes(comma=comma) for one in call.args[:-1]]
        arguments.append(last.with_changes(comma=cst.Comma(whitespace_after=end)))
    return call.with_changes(args=arguments, whitespace_before_args=deeper)


def in_function(
    node: cst.BaseExpression, helper: str, target: str, parameters: tuple[str, ...], bracketed: bool
) -> cst.BaseExpression:
    """The call, in a thread, of the nested function that returns what the expression gave."""
    return _awaited(target, [cst.Name(helper), *map(cst.Name, parameters)], node, bracketed)


def _bare(node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression without its own parentheses, unless it is nothing without them."""
    if not node.lpar or isinstance(node, cst.Tuple | cst.GeneratorExp | cst.NamedExpr):
        return node
    return node.with_changes(lpar=(), rpar=())


def _bracketed(awaited: cst.Await, replaced: cst.BaseExpression, needed: bool) -> cst.BaseExpression:
    """The `await` in the parentheses of what it replaces, or in its own where they are needed."""
    if replaced.lpar and not isinstance(replaced, cst.Tuple | cst.GeneratorExp):
        return awaited.with_changes(lpar=replaced.lpar, rpar=replaced.rpar)
    if needed:
        return awaited.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return awaited


def _awaited(
    target: str, values: Sequence[cst.BaseExpression], replaced: cst.BaseExpression, needed: bool
) -> cst.BaseExpression:
    call = cst.Call(cst.parse_expression(target), _separated([cst.Arg(value) for value in values]))
    return _bracketed(cst.Await(call), replaced, needed)


def _separated(arguments: Sequence[cst.Arg]) -> list[cst.Arg]:
    """The arguments with commas between them."""
    comma = cst.Comma(whitespace_after=_SPACE)
    return [one.with_changes(comma=comma) for one in arguments[:-1]] + list(arguments[-1:])


def _operand(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression as the operand of `await`."""
    if node.lpar or isinstance(node, cst.Name | cst.Attribute | cst.Call | cst.Subscript):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _call_in_thread(node: cst.Call, target: str) -> cst.Call:
    """`f(a, *b, k=c)` as `target(f, a, *b, k=c)`: arguments, their line breaks and comments stay as they are."""
    arguments = list(node.args)
    called = _bare(node.func) if isinstance(node.func, cst.Lambda) else node.func
    if not arguments:
        return cst.Call(cst.parse_expression(target), [cst.Arg(called)])
    only = arguments[0].value
    if len(arguments) == 1 and isinstance(only, cst.GeneratorExp) and not only.lpar:
        bare = only.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        arguments[0] = arguments[0].with_changes(value=bare)
    before = node.whitespace_before_args
    space: cst.BaseParenthesizableWhitespace = _SPACE
    if isinstance(before, cst.ParenthesizedWhitespace):
        space = cst.ParenthesizedWhitespace(indent=before.indent, last_line=before.last_line)
    function = cst.Arg(called, comma=cst.Comma(whitespace_after=space))
    return cst.Call(cst.parse_expression(target), [function, *arguments], whitespace_before_args=before)


# Statements


def statements(
    body: list[cst.BaseStatement],
    helper: str,
    target: str,
    results: tuple[str, ...] | None,
    scope: str,
    parameters: tuple[str, ...],
    blank: int,
    returns: str,
) -> list[cst.BaseStatement]:
    """Statements as the body of a nested function, and the call of it; `blank` lines stand before the function."""
    if results:
        body = _returning(body, results)
    definition = cst.FunctionDef(
        cst.Name(helper),
        cst.Parameters([cst.Param(cst.Name(parameter)) for parameter in parameters]),
        cst.IndentedBlock(_scoped(scope, body)),
        returns=cst.Annotation(cst.parse_expression(returns)) if returns else None,
        leading_lines=[_EMPTY] * blank,
    )
    given = _separated([cst.Arg(cst.Name(name)) for name in (helper, *parameters)])
    awaited = cst.Await(cst.Call(cst.parse_expression(target), given))
    small: cst.BaseSmallStatement = cst.Expr(awaited)
    if results is None:
        small = cst.Return(awaited)
    elif results:
        made = cst.parse_statement(f"{', '.join(results)} = x")
        assigned = made.body[0] if isinstance(made, cst.SimpleStatementLine) else None
        if isinstance(assigned, cst.Assign):
            small = assigned.with_changes(value=awaited)
    return [definition, cst.SimpleStatementLine([small], leading_lines=[_EMPTY])]


def _returning(body: list[cst.BaseStatement], results: tuple[str, ...]) -> list[cst.BaseStatement]:
    """The statements, which return the results at their end: `found = f()` as the last of them returns at once."""
    last = body[-1]
    if isinstance(last, cst.SimpleStatementLine) and len(last.body) == len(results) == 1:
        match last.body[0]:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value) if name == results[0]:
                return [*body[:-1], last.with_changes(body=[cst.Return(value)])]
    return [*body, cst.SimpleStatementLine([cst.Return(cst.parse_expression(", ".join(results)))])]


def _scoped(scope: str, body: Sequence[cst.BaseStatement]) -> list[cst.BaseStatement]:
    """The statements under a session of their own, if they need one."""
    if not scope:
        return list(body)
    return [cst.With([cst.WithItem(cst.parse_expression(f"{scope}.database_scope()"))], cst.IndentedBlock(list(body)))]


# The whole body


def whole_body(
    body: list[cst.BaseStatement], helper: str, target: str, scope: str, blank: int
) -> list[cst.BaseStatement]:
    """A sync function with the body of an async one, and the async one, which awaits it in a thread.

    `blank` lines stand before the first of them.
    Comments above the function, its decorators, its docstring and the defaults of its parameters stay with it.
    """
    function = body[0]
    if len(body) != 1 or not isinstance(function, cst.FunctionDef):
        raise TypeError("not one function")
    block = _block(function)
    docstring, rest = _without_docstring(function, block)
    parameters, given = _handed_on(function.params)
    plain = block.with_changes(body=rest, header=cst.TrailingWhitespace())
    if scope:
        item = cst.WithItem(cst.parse_expression(f"{scope}.database_scope()"))
        plain = cst.IndentedBlock([cst.With([item], plain)], indent=block.indent)
    sync = cst.FunctionDef(
        cst.Name(helper),
        parameters,
        plain,
        returns=function.returns,
        type_parameters=function.type_parameters,
        leading_lines=[_EMPTY] * blank,
    )
    arguments = _separated([cst.Arg(cst.Name(helper)), *given])
    returned = cst.Return(cst.Await(cst.Call(cst.parse_expression(target), arguments)))
    changed = function.with_changes(
        body=block.with_changes(body=[*docstring, cst.SimpleStatementLine([returned])], footer=()),
        leading_lines=[_EMPTY, _EMPTY, *function.leading_lines],
    )
    return [sync, changed]


def _block(function: cst.FunctionDef) -> cst.IndentedBlock:
    """The body of a function as lines of their own."""
    if isinstance(function.body, cst.IndentedBlock):
        return function.body
    if isinstance(function.body, cst.SimpleStatementSuite):
        line = cst.SimpleStatementLine(function.body.body, trailing_whitespace=function.body.trailing_whitespace)
        return cst.IndentedBlock([line])
    raise TypeError("a function without a body")


def _without_docstring(
    function: cst.FunctionDef, block: cst.IndentedBlock
) -> tuple[list[cst.BaseStatement], list[cst.BaseStatement]]:
    """The docstring of a function, as it stands, and the rest of its body."""
    first, *rest = block.body
    if not rest or function.get_docstring() is None or not isinstance(first, cst.SimpleStatementLine):
        return [], list(block.body)
    if len(first.body) != 1:
        return [], list(block.body)
    lines = list(rest[0].leading_lines)  # type: ignore[attr-defined]
    while lines and lines[0].comment is None:
        del lines[0]
    return [first], [rest[0].with_changes(leading_lines=lines), *rest[1:]]


def _handed_on(parameters: cst.Parameters) -> tuple[cst.Parameters, list[cst.Arg]]:
    """The parameters of a function without their defaults, and the arguments that hand all of them on."""

    def plain(parameter: cst.Param) -> cst.Param:
        return parameter.with_changes(default=None, equal=cst.MaybeSentinel.DEFAULT)

    given = [cst.Arg(cst.Name(one.name.value)) for one in (*parameters.posonly_params, *parameters.params)]
    if isinstance(parameters.star_arg, cst.Param):
        given.append(cst.Arg(cst.Name(parameters.star_arg.name.value), star="*"))
    tight = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    given += [
        cst.Arg(cst.Name(one.name.value), keyword=cst.Name(one.name.value), equal=tight)
        for one in parameters.kwonly_params
    ]
    if parameters.star_kwarg is not None:
        given.append(cst.Arg(cst.Name(parameters.star_kwarg.name.value), star="**"))
    changed = parameters.with_changes(
        params=[plain(one) for one in parameters.params],
        posonly_params=[plain(one) for one in parameters.posonly_params],
        kwonly_params=[plain(one) for one in parameters.kwonly_params],
    )
    return changed, given
