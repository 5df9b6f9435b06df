"""What astroid computes where following names ends: constants out of arithmetic and formatting.

`POLICIES["%s_%s" % (KIND, "create")]` names one policy. astroid is imported when such an expression is met, and
never otherwise: its import and its trees cost more than most whole runs.
"""

from __future__ import annotations

import ast
from itertools import islice

from flake8_orch47.resolution.values import Constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from flake8_orch47.facts.scopes import ModuleFacts

__all__ = ["Inference"]

#: More possible results than this are as good as none.
_WIDTH = 8
#: What astroid computes as Python does. Methods of strings are not among it: it only knows their types.
_COMPUTED = ast.BinOp | ast.JoinedStr | ast.FormattedValue | ast.Subscript | ast.Slice | ast.Tuple | ast.UnaryOp
_LEAVES = ast.Constant | ast.Name | ast.operator | ast.unaryop | ast.expr_context


class Inference:
    """Infers constants within one module; what comes from other modules is unknown."""

    def __init__(self) -> None:
        self._trees: dict[ModuleFacts, Any] = {}

    def constants(self, module: ModuleFacts, node: ast.expr) -> frozenset[Constant]:
        """The constants that an expression may evaluate to; nothing where astroid does not know them all."""
        if not _is_computed(node):
            return frozenset()
        from astroid.exceptions import AstroidError

        try:
            inferred = list(islice(self._found(module, node).infer(), _WIDTH + 1))
        except (AstroidError, LookupError, RecursionError):
            return frozenset()
        found = {Constant.of(value) for one in inferred for value in _constant(one)}
        return frozenset(found) if len(found) == len(inferred) <= _WIDTH else frozenset()

    def _found(self, module: ModuleFacts, node: ast.expr) -> Any:
        """Astroid's node for one of ours. Raises LookupError if its tree has none there."""
        tree = self._tree(module)
        place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        pending = [tree]
        while pending:
            current = pending.pop()
            if (current.lineno, current.col_offset, current.end_lineno, current.end_col_offset) == place:
                return current
            pending.extend(current.get_children())
        raise LookupError(f"no node at {place}")

    def _tree(self, module: ModuleFacts) -> Any:
        if module not in self._trees:
            from astroid.builder import AstroidBuilder
            from astroid.exceptions import AstroidImportError
            from astroid.manager import AstroidManager

            def refuse(modname: str, *_arguments: object, **_named: object) -> Any:
                raise AstroidImportError("nothing is imported while linting: {modname}", modname=modname)

            manager = AstroidManager()
            # Findings are the same with and without the libraries that the linted code imports.
            manager.ast_from_module_name = refuse
            builder = AstroidBuilder(manager, apply_transforms=False)
            self._trees[module] = builder.string_build(module.text, "linted")
        return self._trees[module]


def _is_computed(node: ast.expr) -> bool:
    if not isinstance(node, ast.BinOp | ast.JoinedStr | ast.Subscript):
        return False
    return all(isinstance(inner, _COMPUTED | _LEAVES) for inner in ast.walk(node))


def _constant(inferred: Any) -> Iterator[str | int | None]:
    value = getattr(inferred, "value", inferred)
    if type(inferred).__name__ == "Const" and (value is None or isinstance(value, str | int)):
        yield value
