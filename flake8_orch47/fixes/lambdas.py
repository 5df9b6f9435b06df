"""A lambda becomes an async function with a name, right before the statement in which it stands."""

from __future__ import annotations

import ast
import re
import tokenize
from io import StringIO

from flake8_orch47.fixes.awaits import leaves, returns_awaitable
from flake8_orch47.fixes.steps import Insertion, Planned, Refusal, Step
from flake8_orch47.fixes.text import Text
from flake8_orch47.resolution.values import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.fixes.plan import Planning
    from flake8_orch47.resolution.registrations import Registration
    from flake8_orch47.resolution.values import Frame

__all__ = ["named_function"]

#: What a function is called by what it is registered as.
_NAMES = {
    "authorize_callback": "authorize",
    "resume_auth_callback": "authorize_resume",
    "retry_auth_callback": "authorize_retry",
    "internal_authorize_callback": "authorize_internal",
    "internal_retry_auth_callback": "authorize_internal_retry",
}


def named_function(
    planning: Planning, scope: Scope, registrations: Sequence[Registration], frames: Sequence[Frame | None]
) -> Planned:
    """The plan for a lambda, which is called as `frames` say. Raises Refusal where a function cannot take its place."""
    node, module = scope.node, scope.module
    if not isinstance(node, ast.Lambda):
        raise Refusal("it is no lambda")
    if scope.yields:
        raise Refusal("it is a generator: it yields, and does not answer")
    parents = planning.analysis.parents(module)
    parameters, body, doubt = _parts(planning, scope, node, frames)
    assignment = parents[node]
    is_name = (
        isinstance(assignment, ast.Assign)
        and assignment.value is node
        and len(assignment.targets) == 1
        and isinstance(assignment.targets[0], ast.Name)
    ) or (isinstance(assignment, ast.AnnAssign) and isinstance(assignment.target, ast.Name))
    steps: tuple[Step, ...]
    if is_name and isinstance(assignment, ast.Assign | ast.AnnAssign) and _is_alone(planning, module, assignment):
        target = assignment.targets[0] if isinstance(assignment, ast.Assign) else assignment.target
        name = target.id if isinstance(target, ast.Name) else ""
        statement: ast.stmt = assignment
        steps = ()
        message = f"make the lambda `{name}` an async function"
    else:
        statement = _statement(planning, module, node)
        _closes_over(scope, node)
        name = planning.fresh(module, _wanted(node, statement, registrations, parents))
        steps = (planning.change(module, node, "callbacks:other_name", name),)
        message = f"register an async function `{name}` instead of the lambda"
    indent = planning.indent(module, statement)
    lines = (f"async def {name}({parameters}):", f"    return {body}")
    row = planning.row_before(module, statement) if steps else statement.lineno
    until = 0 if steps else planning.row_after(module, statement)
    insertion = Insertion(module.path, row, lines, indent, 1 if indent else 2, until)
    return Planned(
        "unsafe", message, (insertion, *steps), doubt or "the name and the place of the function are a guess"
    )


def _parts(planning: Planning, scope: Scope, node: ast.Lambda, frames: Sequence[Frame | None]) -> tuple[str, str, str]:
    """The sources of a lambda's parameters and of what it returns, coroutines awaited; and what there is to doubt."""
    module = scope.module
    code = planning.source(module, node)
    colon = _colon(code)
    text = Text(module.text)
    start = planning.span(module, node)
    begin = text.offset(start.row, start.column)
    places, doubt = [], ""
    for leaf in leaves(node.body):
        answer = returns_awaitable(planning, [Expression(leaf, scope, None, frame) for frame in frames])
        if answer is True:
            span = planning.span(module, leaf)
            places.append(text.offset(span.row, span.column) - begin)
        elif answer is None and isinstance(leaf, ast.Call):
            doubt = f"whether `{ast.unparse(leaf)}` has to be awaited is not known"
    body = code
    for place in sorted(places, reverse=True):
        body = f"{body[:place]}await {body[place:]}"
    body = body[colon + 1 :].strip()
    try:
        ast.parse(body, mode="eval")
    except (SyntaxError, ValueError):
        body = f"({body})"
    return code[len("lambda") : colon].strip(), f"({body})" if isinstance(node.body, ast.NamedExpr) else body, doubt


def _colon(code: str) -> int:
    """Where in the source of a lambda its parameters end. Raises Refusal where that was not understood."""
    text, depth, waiting = Text(code), 0, 0
    try:
        for token in tokenize.generate_tokens(StringIO(f"({code}\n)").readline):
            if token.type == tokenize.NAME and token.string == "lambda":
                waiting += 1
            elif token.type == tokenize.OP:
                depth += (token.string in "([{") - (token.string in ")]}")
                waiting -= token.string == ":" and depth == 1
                if token.string == ":" and waiting == 0:
                    row, column = token.start
                    return text.offset(row, column - (row == 1))
    except (tokenize.TokenError, SyntaxError):
        pass
    raise Refusal("where its parameters end was not understood")


def _is_alone(planning: Planning, module: ModuleFacts, statement: ast.stmt) -> bool:
    """Whether nothing else stands on the lines of a statement."""
    span = planning.span(module, statement)
    lines = planning.lines(module)
    return not lines[span.row - 1][: span.column].strip() and not lines[span.end_row - 1][span.end_column :].strip()


def _statement(planning: Planning, module: ModuleFacts, node: ast.Lambda) -> ast.stmt:
    """The statement before which the function goes: the nearest that begins its line; a class as a whole."""
    parents = planning.analysis.parents(module)
    found: ast.stmt | None = None
    at: ast.AST = node
    while at in parents:
        parent = parents[at]
        if isinstance(at, ast.stmt) and found is None:
            found = _first_on_line(planning, module, at, parent)
        if isinstance(parent, ast.ClassDef):
            found = None
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) and found is not None and at in parent.body:
            return found
        at = parent
    if found is None:
        raise Refusal("no statement before which a function could go was found")
    return found


def _first_on_line(planning: Planning, module: ModuleFacts, node: ast.stmt, parent: ast.AST) -> ast.stmt | None:
    """The statement that begins the line on which a statement stands, if it belongs to the same block.

    An `elif` begins no statement, nor does what follows the colon of another one.
    """
    if isinstance(parent, ast.If) and parent.orelse == [node] and isinstance(node, ast.If):
        line = planning.lines(module)[node.lineno - 1]
        if line.lstrip().startswith("elif"):
            return None
    blocks = [getattr(parent, field, None) for field in ("body", "orelse", "finalbody")]
    block: list[ast.stmt] = next((one for one in blocks if isinstance(one, list) and node in one), [node])
    for candidate in reversed(block[: block.index(node) + 1]):
        if (candidate.end_lineno or candidate.lineno) < node.lineno:
            return None
        try:
            planning.indent(module, candidate)
        except Refusal:
            continue
        return candidate
    return None


def _closes_over(scope: Scope, node: ast.Lambda) -> None:
    """Raises Refusal for a lambda that needs names which only exist where it stands."""
    own = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    at = scope.parent
    while at is not None and at.kind in ("comprehension", "lambda", "class"):
        if at.kind == "class":
            defaults = [*node.args.defaults, *[one for one in node.args.kw_defaults if one is not None]]
            read = {inner.id for default in defaults for inner in ast.walk(default) if isinstance(inner, ast.Name)}
            if read & at.bindings.keys():
                raise Refusal("a default of it is a name of the class in which it stands")
        elif own & at.bindings.keys() or at.kind == "lambda":
            raise Refusal(f"it stands inside a {at.kind} and uses its names")
        at = at.parent


def _wanted(
    node: ast.Lambda, statement: ast.stmt, registrations: Sequence[Registration], parents: dict[ast.AST, ast.AST]
) -> str:
    """A name that says what the function is for."""
    parameter = registrations[0].parameter if registrations else ""
    base = _NAMES.get(parameter, "authorize")
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and any(
        one.node is node for one in registrations
    ):
        return f"{base}_{statement.name.lower()}"
    holder = parents[node]
    if isinstance(holder, ast.Dict) and node in holder.values:
        key = holder.keys[holder.values.index(node)]
        text = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
        words = re.findall(r"[a-z0-9]+", text.lower())
        if words and text not in _NAMES:
            return "_".join([base, *words])
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return f"{base}_{statement.targets[0].id.lower()}"
    return base
