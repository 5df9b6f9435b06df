"""Writes moves off the event loop: the libcst part.

Only the statements of the module that a move touches are parsed by libcst; everything else is never looked at.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from flake8_orch47.fixes.moves import InFunction, InThread, Move, Statements, Stretch, WholeBody
from flake8_orch47.project.source import lines_with_ends

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["NotWritten", "moved"]

_Statement: TypeAlias = cst.BaseStatement | cst.BaseSmallStatement
_SPACE = cst.SimpleWhitespace(" ")


class NotWritten(Exception):
    """A move that libcst cannot write; the text says why."""


class _Piece(NamedTuple):
    """Statements of the module that belong together: `rows` in the file, and the moves in them."""

    first: int
    last: int
    moves: list[Move]


def moved(text: str, moves: Sequence[Move]) -> str:
    """The source `text` after `moves`. Raises NotWritten where one does not fit; nothing is changed then."""
    lines = lines_with_ends(text)
    pieces = _pieces(ast.parse(text), moves)
    for piece in reversed(pieces):
        source = "".join(lines[piece.first - 1 : piece.last])
        lines[piece.first - 1 : piece.last] = [_rewritten(source, piece)]
    return "".join(lines)


def _pieces(tree: ast.Module, moves: Iterable[Move]) -> list[_Piece]:
    """The statements of the module that hold the moves, each with what stands right above it."""
    found: dict[int, _Piece] = {}
    after = [*tree.body[1:], None]
    previous = 0
    spans: list[tuple[int, int, int]] = []
    for statement, following in zip(tree.body, after, strict=True):
        first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))])
        last = statement.end_lineno or statement.lineno
        if following is None or following.lineno > last:
            spans.append((previous + 1, first, last))
            previous = last
    for move in moves:
        where = _where(move)
        for above, _, last in spans:
            if above <= where.row <= last:
                found.setdefault(last, _Piece(above, last, [])).moves.append(move)
    return [piece for _, piece in sorted(found.items())]


def _where(move: Move) -> Stretch:
    return move.first if isinstance(move, Statements) else move.where


def _rewritten(source: str, piece: _Piece) -> str:
    """The source of a piece after its moves.

    A statement in front keeps comments above the first statement with it: libcst would make them the module's.
    """
    end = next((end for end in ("\r\n", "\n", "\r") if end in source), "\n")
    front = f"0{end}"
    try:
        module = cst.parse_module(front + source)
    except cst.ParserSyntaxError as error:
        raise NotWritten(f"libcst does not parse this statement: {error.message}") from error
    if module.code != front + source:
        raise NotWritten("libcst does not give back the statement as it is")
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    writer = _Writer(wrapper, piece.first - 2, piece.moves)
    try:
        changed = wrapper.module.visit(writer)
    except cst.CSTValidationError as error:
        raise NotWritten(f"the result would not be valid: {error}") from error
    if missed := writer.missed():
        raise NotWritten(f"nothing to move at line {_where(missed).row}")
    return changed.code[len(front) :]


class _Writer(cst.CSTTransformer):
    """Carries out moves while it leaves the nodes, so that what is inside is done before what is around it."""

    def __init__(self, wrapper: MetadataWrapper, offset: int, moves: Iterable[Move]) -> None:
        super().__init__()
        self.offset = offset
        self.expressions: dict[cst.CSTNode, InThread | InFunction] = {}
        self.firsts: dict[cst.CSTNode, Statements] = {}
        self.inside: dict[cst.CSTNode, Statements] = {}
        self.lasts: dict[cst.CSTNode, Statements] = {}
        self.bodies: dict[cst.CSTNode, WholeBody] = {}
        self.defined_before: dict[cst.CSTNode, list[InFunction]] = {}
        self.definitions: dict[InFunction, cst.BaseCompoundStatement] = {}
        self.collected: dict[Statements, list[cst.BaseStatement]] = {}
        self.moves = list(moves)
        self._found: set[int] = set()
        self._place(wrapper)

    # -- finding the nodes ---------------------------------------------------------------------------------

    def _place(self, wrapper: MetadataWrapper) -> None:
        """Finds the node of every move."""
        starts: dict[tuple[int, int], list[cst.CSTNode]] = {}
        ranges: dict[Stretch, list[cst.CSTNode]] = {}
        for node, place in wrapper.resolve(PositionProvider).items():
            if isinstance(node, cst.BaseExpression):
                stretch = Stretch(
                    place.start.line + self.offset,
                    place.start.column,
                    place.end.line + self.offset,
                    place.end.column,
                )
                ranges.setdefault(stretch, []).append(node)
            elif isinstance(node, cst.BaseStatement | cst.BaseSmallStatement):
                starts.setdefault((place.start.line + self.offset, place.start.column), []).append(node)
        lines = {small: line for nodes in starts.values() for line in nodes if isinstance(line, cst.SimpleStatementLine) for small in line.body}  # fmt: skip

        def statement(where: Stretch) -> cst.CSTNode | None:
            found = starts.get((where.row, where.column), [])
            for node in found:
                if isinstance(node, cst.BaseCompoundStatement):
                    return node
            return next((lines[node] for node in found if node in lines), None)

        for number, move in enumerate(self.moves):
            match move:
                case InThread() | InFunction():
                    nodes = ranges.get(move.where, [])
                    if not nodes:
                        continue
                    node = max(nodes, key=_size)
                    if isinstance(move, InFunction):
                        around = statement(move.statement)
                        if around is None:
                            continue
                        self.defined_before.setdefault(around, []).append(move)
                    self.expressions[node] = move
                case WholeBody():
                    function = statement(move.where)
                    if function is None:
                        continue
                    self.bodies[function] = move
                case Statements():
                    first, last = statement(move.first), statement(move.last)
                    if first is None or last is None:
                        continue
                    self.firsts[first] = move
                    self.lasts[last] = move
            self._found.add(number)
        self.open: list[Statements] = []

    def missed(self) -> Move | None:
        """A move for which there was no node."""
        return next((move for number, move in enumerate(self.moves) if number not in self._found), None)

    # -- carrying out --------------------------------------------------------------------------------------

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode] | cst.RemovalSentinel:
        """What takes the place of a node."""
        expression = self.expressions.get(original_node)
        if expression is not None and isinstance(updated_node, cst.BaseExpression):
            return self._expression(expression, updated_node)
        if isinstance(updated_node, cst.IndentedBlock | cst.Module) and self._has_moves(original_node):
            return self._block(original_node, updated_node)
        return updated_node

    def _has_moves(self, original: cst.CSTNode) -> bool:
        return any(
            statement in table
            for statement in original.body  # type: ignore[attr-defined]
            for table in (self.firsts, self.bodies, self.defined_before)
        )

    def _expression(self, move: InThread | InFunction, node: cst.BaseExpression) -> cst.BaseExpression:
        if isinstance(move, InFunction):
            self.definitions[move] = _function(move.helper, move.parameters, [_returning(_bare(node))], move.scope)
            return _awaited(move.target, [_name(move.helper), *map(_name, move.parameters)], node, move.bracketed)
        match move.form:
            case "call" if isinstance(node, cst.Call):
                return _bracketed(cst.Await(_call_in_thread(node, move.target)), node, move.bracketed)
            case "sleep" if isinstance(node, cst.Call):
                call = node.with_changes(func=cst.parse_expression(move.target), lpar=(), rpar=())
                return _bracketed(cst.Await(call), node, move.bracketed)
            case "await" if isinstance(node, cst.Call):
                return _bracketed(cst.Await(_primary(node.args[0].value)), node, move.bracketed)
            case "bool":
                tested = cst.Call(cst.Name("bool"), [cst.Arg(_bare(node))])
                return _awaited(move.target, [cst.Lambda(cst.Parameters(), tested)], node, move.bracketed)
        return _awaited(move.target, [cst.Lambda(cst.Parameters(), _bare(node))], node, move.bracketed)

    def _block(
        self, original: cst.IndentedBlock | cst.Module, updated: cst.IndentedBlock | cst.Module
    ) -> cst.IndentedBlock | cst.Module:
        """A block with the new functions in it."""
        body: list[cst.BaseStatement] = []
        collecting: tuple[Statements, list[cst.BaseStatement]] | None = None
        for before, after in zip(original.body, updated.body, strict=True):
            if before in self.firsts:
                collecting = self.firsts[before], []
            if collecting is not None:
                collecting[1].append(after)
                if before in self.lasts:
                    body += _moved_statements(*collecting, is_first=not body)
                    collecting = None
                continue
            for move in self.defined_before.get(before, ()):
                definition, after = _above(self.definitions[move], after, bool(body), _at_top(original))
                body.append(definition)
            if before in self.bodies and isinstance(after, cst.FunctionDef):
                body += _whole_body(self.bodies[before], after)
                continue
            body.append(after)
        if collecting is not None:
            raise NotWritten("the statements do not stand in one block")
        return updated.with_changes(body=body)


def _at_top(block: cst.CSTNode) -> bool:
    return isinstance(block, cst.Module)


# Expressions


def _size(node: cst.CSTNode) -> int:
    """Of nodes in the same place, the outer one is the larger: `Name` in `Attribute` is no such case, `Arg` is none."""
    return len(node.children)


def _name(name: str) -> cst.BaseExpression:
    return cst.parse_expression(name)


def _bare(node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression without its own parentheses, unless it is nothing without them."""
    if isinstance(node, cst.Tuple | cst.GeneratorExp | cst.NamedExpr | cst.Yield) or not node.lpar:
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
    target: str, arguments: Sequence[cst.BaseExpression], replaced: cst.BaseExpression, needed: bool
) -> cst.BaseExpression:
    call = cst.Call(cst.parse_expression(target), _arguments(arguments))
    return _bracketed(cst.Await(call), replaced, needed)


def _arguments(values: Sequence[cst.BaseExpression]) -> list[cst.Arg]:
    last = len(values) - 1
    return [
        cst.Arg(value, comma=cst.Comma(whitespace_after=_SPACE) if number < last else cst.MaybeSentinel.DEFAULT)
        for number, value in enumerate(values)
    ]


def _primary(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression as the operand of `await`."""
    if node.lpar or isinstance(node, cst.Name | cst.Attribute | cst.Call | cst.Subscript):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _call_in_thread(node: cst.Call, target: str) -> cst.Call:
    """`f(a, *b, k=c)` as `target(f, a, *b, k=c)`: arguments, their line breaks and comments stay as they are."""
    arguments = list(node.args)
    if not arguments:
        return cst.Call(cst.parse_expression(target), [cst.Arg(_no_lambda(node.func))], whitespace_before_args=_flat(node))
    if len(arguments) == 1 and isinstance(arguments[0].value, cst.GeneratorExp) and not arguments[0].value.lpar:
        bare = arguments[0].value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        arguments[0] = arguments[0].with_changes(value=bare)
    space: cst.BaseParenthesizableWhitespace = _SPACE
    before = node.whitespace_before_args
    if isinstance(before, cst.ParenthesizedWhitespace):
        space = cst.ParenthesizedWhitespace(indent=before.indent, last_line=before.last_line)
    function = cst.Arg(_no_lambda(node.func), comma=cst.Comma(whitespace_after=space))
    return cst.Call(cst.parse_expression(target), [function, *arguments], whitespace_before_args=before)


def _flat(node: cst.Call) -> cst.BaseParenthesizableWhitespace:
    return node.whitespace_before_args if not isinstance(node.whitespace_before_args, cst.SimpleWhitespace) else cst.SimpleWhitespace("")


def _no_lambda(node: cst.BaseExpression) -> cst.BaseExpression:
    return node


# Statements


def _returning(value: cst.BaseExpression) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Return(_inside_return(value))])


def _inside_return(value: cst.BaseExpression) -> cst.BaseExpression:
    """An expression of several lines needs parentheses where nothing else holds it together."""
    if "\n" in cst.Module([]).code_for_node(value) and not value.lpar:
        return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return value


def _scoped(scope: str, body: Sequence[cst.BaseStatement]) -> list[cst.BaseStatement]:
    if not scope:
        return list(body)
    item = cst.WithItem(cst.parse_expression(f"{scope}.database_scope()"))
    return [cst.With([item], cst.IndentedBlock(list(body)))]


def _function(
    name: str, parameters: Sequence[str], body: Sequence[cst.BaseStatement], scope: str
) -> cst.FunctionDef:
    taken = cst.Parameters([cst.Param(cst.Name(parameter)) for parameter in parameters])
    return cst.FunctionDef(cst.Name(name), taken, cst.IndentedBlock(_scoped(scope, body)))


def _above(
    definition: cst.BaseCompoundStatement, statement: cst.BaseStatement, follows: bool, at_top: bool
) -> tuple[cst.BaseStatement, cst.BaseStatement]:
    """A function before a statement: it takes the empty lines above, the statement keeps its comments."""
    lines = list(statement.leading_lines)  # type: ignore[attr-defined]
    blank = _blank_lines(lines)
    empty = [cst.EmptyLine(indent=False)] * (2 if at_top else 1)
    above = lines[:blank] or (empty if follows else [])
    return (
        definition.with_changes(leading_lines=above),
        statement.with_changes(leading_lines=[*empty, *lines[blank:]]),
    )


def _blank_lines(lines: Sequence[cst.EmptyLine]) -> int:
    """How many empty lines stand at the start."""
    return next((number for number, line in enumerate(lines) if line.comment is not None), len(lines))


def _moved_statements(
    move: Statements, statements: list[cst.BaseStatement], is_first: bool
) -> list[cst.BaseStatement]:
    """The nested function that the statements become, and the call of it."""
    first = statements[0]
    lines = list(first.leading_lines)  # type: ignore[attr-defined]
    blank = _blank_lines(lines)
    body = [first.with_changes(leading_lines=lines[blank:]), *statements[1:]]
    if move.results:
        body.append(cst.SimpleStatementLine([cst.Return(cst.parse_expression(", ".join(move.results)))]))
    definition = _function(move.helper, move.parameters, body, move.scope)
    above = lines[:blank] or ([] if is_first else [cst.EmptyLine(indent=False)])
    arguments = _arguments([_name(move.helper), *map(_name, move.parameters)])
    awaited = cst.Await(cst.Call(cst.parse_expression(move.target), arguments))
    small: cst.BaseSmallStatement
    if move.results is None:
        small = cst.Return(awaited)
    elif move.results:
        target = cst.AssignTarget(cst.parse_expression(", ".join(move.results)))  # type: ignore[arg-type]
        small = cst.Assign([target], awaited)
    else:
        small = cst.Expr(awaited)
    call = cst.SimpleStatementLine([small], leading_lines=[cst.EmptyLine(indent=False)])
    return [definition.with_changes(leading_lines=above), call]


# The whole body


def _whole_body(move: WholeBody, function: cst.FunctionDef) -> list[cst.BaseStatement]:
    """The sync function with the body, and the async one that awaits it in a thread."""
    docstring, body, block = _split_body(function)
    inner = cst.IndentedBlock(
        [cst.With([cst.WithItem(cst.parse_expression(f"{move.scope}.database_scope()"))], block.with_changes(body=body, header=cst.TrailingWhitespace()))]
        if move.scope
        else body,
        indent=block.indent,
    )
    lines = list(function.leading_lines)
    blank = _blank_lines(lines)
    parameters, arguments = _handed_on(function.params)
    helper = cst.FunctionDef(
        cst.Name(move.helper),
        parameters,
        inner if move.scope else block.with_changes(body=body, header=cst.TrailingWhitespace()),
        returns=function.returns,
        type_parameters=function.type_parameters,
        leading_lines=lines[:blank],
    )
    awaited = cst.Await(
        cst.Call(
            cst.parse_expression(move.target),
            [cst.Arg(cst.Name(move.helper), comma=cst.Comma(whitespace_after=_SPACE) if arguments else cst.MaybeSentinel.DEFAULT), *arguments],
        )
    )
    returned = cst.SimpleStatementLine([cst.Return(awaited)])
    changed = function.with_changes(
        body=cst.IndentedBlock([*docstring, returned], indent=block.indent, header=block.header),
        leading_lines=[cst.EmptyLine(indent=False)] * 2 + lines[blank:],
    )
    return [helper, changed]


def _split_body(
    function: cst.FunctionDef,
) -> tuple[list[cst.BaseStatement], list[cst.BaseStatement], cst.IndentedBlock]:
    """The docstring of a function, what follows, and its block."""
    if isinstance(function.body, cst.IndentedBlock):
        block = function.body
    else:
        suite = function.body
        line = cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace)  # type: ignore[attr-defined]
        block = cst.IndentedBlock([line])
    statements: list[cst.BaseStatement] = list(block.body)
    first = statements[0]
    if (
        function.get_docstring() is not None
        and len(statements) > 1
        and isinstance(first, cst.SimpleStatementLine)
        and len(first.body) == 1
    ):
        rest = statements[1:]
        lines = list(rest[0].leading_lines)  # type: ignore[attr-defined]
        rest[0] = rest[0].with_changes(leading_lines=lines[_blank_lines(lines) :])
        return [first], rest, block
    return [], statements, block


def _handed_on(parameters: cst.Parameters) -> tuple[cst.Parameters, list[cst.Arg]]:
    """The parameters of a function without their defaults, and the arguments that hand all of them on."""

    def plain(parameter: cst.Param) -> cst.Param:
        return parameter.with_changes(default=None, equal=cst.MaybeSentinel.DEFAULT)

    given: list[cst.Arg] = [
        cst.Arg(cst.Name(one.name.value)) for one in (*parameters.posonly_params, *parameters.params)
    ]
    star = parameters.star_arg
    if isinstance(star, cst.Param):
        given.append(cst.Arg(cst.Name(star.name.value), star="*"))
    given += [
        cst.Arg(
            cst.Name(one.name.value),
            keyword=cst.Name(one.name.value),
            equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
        )
        for one in parameters.kwonly_params
    ]
    if parameters.star_kwarg is not None:
        given.append(cst.Arg(cst.Name(parameters.star_kwarg.name.value), star="**"))
    arguments = [
        one.with_changes(comma=cst.Comma(whitespace_after=_SPACE)) if number < len(given) - 1 else one
        for number, one in enumerate(given)
    ]
    changed = parameters.with_changes(
        params=[plain(one) for one in parameters.params],
        posonly_params=[plain(one) for one in parameters.posonly_params],
        kwonly_params=[plain(one) for one in parameters.kwonly_params],
    )
    return changed, arguments
