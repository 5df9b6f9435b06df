"""Lookups by a name that is computed: `getattr(policies, f"may_{what}")` may give any function of such a name.

What goes through all that a module or class has, `vars(policies)`, `dir(self)`, may give any function too.
"""

from __future__ import annotations

import ast
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_orch47.facts.children import last_name
from flake8_orch47.facts.collect import class_of_receiver
from flake8_orch47.facts.places import place_of
from flake8_orch47.project.scan import word_of
from flake8_orch47.resolution.values import Class, Expression, Instance, Module

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["Lookup", "lookups", "may_be_found"]

#: What a file mentions that looks something up by its name.
_LOOKING = ("getattr(", "globals(", "vars(", "__dict__", "getmembers", "dir(")


#: What finds modules by their names, and what a file mentions that does.
_BY_NAME = frozenset({"import_module", "__import__", "locate", "module_from_spec"})
_MENTIONED = (b"import_module", b"__import__", b"sys.modules", b"locate(", b"module_from_spec")

#: What a template puts something in for.
_CONVERSION = re.compile(r"%(?:\([^)]*\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
_FIELD = re.compile(r"\{[^{}]*\}")


class Lookup(NamedTuple):
    """A place that may look `function` up: the whole expression, and where it stands.

    `enumerates`: it goes through all that there is, and would find what is added as well.
    """

    function: Scope
    module: ModuleFacts
    node: ast.expr
    scope: Scope
    enumerates: bool = False


def lookups(analysis: Analysis, functions: Mapping[Scope, Collection[str]]) -> Iterator[Lookup]:
    """The places that may look one of the functions up by a name that is computed.

    With each function come the variables of modules that may hold it. A constant name names one function only.
    """
    wanted: dict[ModuleFacts, list[tuple[Scope, str]]] = {}
    for function, held in functions.items():
        name = getattr(function.node, "name", "")
        for module in _modules(analysis, function) if name or held else ():
            wanted.setdefault(module, []).extend((function, one) for one in {name, *held} if one)
    for module, named in sorted(wanted.items(), key=lambda one: one[0].path):
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.expr):
                continue
            found = _looked_up(node)
            gone_through = _gone_through(node, analysis.parents(module)) if found is None else None
            if found is None and gone_through is None:
                continue
            scope, statement = place_of(node, analysis.parents(module), module)
            for function, name in named:
                is_held = name in functions[function]
                receiver = (found or gone_through or (None,))[0]
                if not _has(analysis, receiver, scope, statement, function, is_held):
                    # What loads plugins finds modules by names that it computes, and may find this one.
                    if found is None or receiver is None or not is_held | (function.parent is function.module.scope):
                        continue
                    if not may_be_found(_definition(receiver, scope), function.module, module):
                        continue
                    if not _is_spelled(analysis, name):
                        continue
                if found is None:
                    yield Lookup(function, module, node, scope, enumerates=True)
                elif _may_be(found[1], name):
                    yield Lookup(function, module, node, scope)


def _modules(analysis: Analysis, function: Scope) -> set[ModuleFacts]:
    """The modules that may look up a function of a module, or of a class."""
    near = {function.module}
    if function.parent is not None and function.parent.kind == "class":
        line = analysis.evaluator.members.line(Class(function.parent))
        near |= {one.scope.module for one in line if isinstance(one, Class)}
    word, looking = os.fsencode(word_of(function.module.path)), [os.fsencode(one) for one in _LOOKING]
    for path, data in analysis.project.contents(analysis.project.files):
        by_name = any(one in data for one in _MENTIONED)
        if (word in data or by_name) and any(one in data for one in looking):
            facts = analysis.modules.facts(path)
            if facts is not None:
                near.add(facts)
    return {module for module in near if any(one in module.text for one in _LOOKING)}


def _looked_up(node: ast.AST) -> tuple[ast.expr | None, ast.expr] | None:
    """In what, and by which expression for its name, something is looked up; of None: in the module around it."""
    match node:
        case ast.Call(func=ast.Name(id="getattr"), args=[receiver, name, *_]):
            found: tuple[ast.expr | None, ast.expr] = receiver, name
        case (
            ast.Subscript(value=names, slice=name, ctx=ast.Load())
            | ast.Call(func=ast.Attribute(value=names, attr="get"), args=[name, *_])
        ):
            match names:
                case ast.Call(func=ast.Name(id="globals"), args=[]):
                    found = None, name
                case ast.Call(func=ast.Name(id="vars"), args=[owner]) | ast.Attribute(value=owner, attr="__dict__"):
                    found = owner, name
                case _:
                    return None
        case _:
            return None
    return None if isinstance(found[1], ast.Constant) else found


def _gone_through(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> tuple[ast.expr | None] | None:
    """Whose attributes an expression gives all together; of None: those of the module around it."""
    match node:
        case ast.Call(func=ast.Name(id="globals" | "dir"), args=[]):
            owner: ast.expr | None = None
        case ast.Call(func=ast.Name(id="vars" | "dir"), args=[owner]) | ast.Attribute(value=owner, attr="__dict__"):
            pass
        case ast.Call(func=ast.Name(id="getmembers") | ast.Attribute(attr="getmembers"), args=[owner, *_]):
            pass
        case _:
            return None
    at: ast.AST = node
    parent = parents.get(at)
    while isinstance(parent, ast.Attribute | ast.Call) and (at is not node or not _is_told(node)):
        if isinstance(parent, ast.Attribute) and parent.attr not in ("items", "values", "keys", "copy"):
            return None
        at, parent = parent, parents.get(parent)
    wanted: list[ast.expr] = []
    match parent:
        case ast.comprehension(iter=iterated) if iterated is at:
            wanted = parent.ifs
        case ast.For(iter=iterated, body=[first, *_]) if iterated is at:
            wanted = [first.test] if isinstance(first, ast.If) else []
        case _ if not _is_told(node):
            return None  # one of them, or who knows
    return None if any(map(_asks_for_a_class, wanted)) else (owner,)


def _is_told(node: ast.expr) -> bool:
    """Whether an expression gives all names at once, whatever is done with them: `dir(policies)`."""
    return isinstance(node, ast.Call) and last_name(node.func) in ("dir", "getmembers")


def _asks_for_a_class(test: ast.expr) -> bool:
    """Whether a condition only lets objects of some class through that no function is one of."""
    match test:
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, cls]):
            return last_name(cls) not in ("FunctionType", "LambdaType", "MethodType", "Callable", "object")
        case ast.BoolOp(op=ast.And(), values=values):
            return any(map(_asks_for_a_class, values))
    return False


def may_be_found(node: ast.expr, module: ModuleFacts, importer: ModuleFacts) -> bool:
    """Whether an expression in `importer` may be `module`, found by its name: `import_module(name)`."""
    match node:
        case ast.Call(func=function, args=[name, *_]) if last_name(function) in _BY_NAME:
            pass
        case ast.Subscript(value=ast.Attribute(attr="modules") | ast.Name(id="modules"), slice=name):
            pass
        case _:
            return False
    if isinstance(name, ast.Name) and name.id == "__name__":
        return module is importer
    return not isinstance(name, ast.Constant) or str(name.value).rpartition(".")[2] == word_of(module.path)


def _is_spelled(analysis: Analysis, name: str) -> bool:
    """Whether a text in the project is a name, or a path that ends with it: `"app.policies.may_order"`."""
    pattern = re.compile(rb"[\"'.:]%s[\"']" % re.escape(name.encode()))
    return any(pattern.search(data) for _, data in analysis.project.contents(analysis.project.files))


def _may_be(computed: ast.expr, name: str) -> bool:
    """Whether an expression may give a name: an f-string, a sum, a template may say how that begins and ends."""
    parts: list[ast.expr] = []
    texts: list[str] = []
    match computed:
        case ast.JoinedStr(values=parts):
            pass
        case ast.BinOp(left=first, op=ast.Add(), right=last):
            parts = [first, last]
        case ast.BinOp(left=ast.Constant(value=str() as template), op=ast.Mod()):
            texts = _CONVERSION.split(template)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as template), attr="format")):
            texts = _FIELD.split(template)
    texts += [part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "" for part in parts]
    return not texts or (name.startswith(texts[0]) and name.endswith(texts[-1]))


def _is_own_module(node: ast.expr) -> bool:
    """Whether an expression is the module in which it stands: `sys.modules[__name__]`."""
    return any(isinstance(one, ast.Name) and one.id == "__name__" for one in ast.iter_child_nodes(node))


def _definition(node: ast.expr, scope: Scope) -> ast.expr:
    """What a local variable is made of, if that is one thing; the expression itself for others."""
    value = scope.value_of(node.id) if isinstance(node, ast.Name) else None
    return node if value is None else value


def _has(
    analysis: Analysis,
    receiver: ast.expr | None,
    scope: Scope,
    statement: ast.stmt | None,
    function: Scope,
    is_held: bool,
) -> bool:
    """Whether a function may be an attribute of the receiver, or of the module around `scope` without one.

    `is_held`: a variable of its module holds it.
    """
    owner = function.module.scope if is_held else function.parent
    if receiver is None:
        return owner is scope.module.scope
    if owner is scope.module.scope and _is_own_module(_definition(receiver, scope)):
        return True
    classes = {class_of_receiver(receiver.id, scope)} if isinstance(receiver, ast.Name) else set()
    if isinstance(receiver, ast.Call) and last_name(receiver.func) == "type" and len(receiver.args) == 1:
        return _has(analysis, receiver.args[0], scope, statement, function, is_held)
    if isinstance(receiver, ast.Attribute) and receiver.attr == "__class__":
        return _has(analysis, receiver.value, scope, statement, function, is_held)
    for value in analysis.evaluator.values(Expression(receiver, scope, statement, None)):
        match value:
            case Module(found) if owner is function.module.scope and found.path == function.module.path:
                return True
            case Class():
                classes.add(value.scope)
            case Instance(cls):
                classes.add(cls.scope)
    if owner is None or owner.kind != "class":
        return False
    is_kin = analysis.evaluator.state.is_kin
    return any(is_kin(Class(cls), Class(owner)) for cls in classes if cls is not None)
