"""Blocking calls leave the event loop (ORC301 to ORC308): the codemod.

`python -m libcst.tool codemod -x flake8_orch47.fixes.offload.OffloadBlockingCalls --at 12:8 callbacks.py` moves
the call, attribute, `with` or `for` at line 12, column 8 (both 1-based, as `orch47 check` prints them) to a
thread. `--own-session` does so under a session of its own, for what uses orchestrator-core's `db.session`.
"""

from __future__ import annotations

import argparse
import ast
from typing import TYPE_CHECKING

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile

from flake8_orch47.facts.collect import collect
from flake8_orch47.fixes.imports import with_imports
from flake8_orch47.fixes.placement import Boundary, Placement, Planner
from flake8_orch47.fixes.threads import NotWritten, moved
from flake8_orch47.project.source import SourceError, lines_with_ends, parse_text, to_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flake8_orch47.facts.scopes import ModuleFacts

__all__ = ["NotWritten", "OffloadBlockingCalls", "boundaries_at", "rewritten"]


def rewritten(text: str, placements: Iterable[Placement]) -> str:
    """The source `text` after all of `placements`, with their imports.

    Raises NotWritten where a move does not fit the source, or where the result would not compile.
    """
    placements = list(placements)
    changed = moved(text, [move for placement in placements for move in placement.moves])
    needed = {one for placement in placements for one in placement.imports}
    try:
        tree = parse_text(changed, "")
        if needed:
            changed = with_imports(changed, tree, lines_with_ends(changed), needed)
        compile(parse_text(changed, ""), "", "exec", dont_inherit=True)
    except (SourceError, SyntaxError) as error:
        raise NotWritten(f"the result would not compile: {error}") from error
    return changed


def boundaries_at(facts: ModuleFacts, places: Sequence[tuple[int, int]], own_session: bool = False) -> list[Boundary]:
    """What stands at each of `places` (row 1-based, column 0-based code points). Raises ValueError if nothing does."""
    lines = facts.text.splitlines()
    found: dict[tuple[int, int], list[ast.expr]] = {}
    kinds: dict[ast.AST, str] = {}
    for node in ast.walk(facts.tree):
        if isinstance(node, ast.Call | ast.Attribute | ast.Subscript | ast.Name):
            place = node.lineno, to_column(lines[node.lineno - 1], node.col_offset)
            found.setdefault(place, []).append(node)
        for field, kind in (("items", "enter"), ("iter", "iterate")):
            value = getattr(node, field, None)
            if isinstance(value, list):
                kinds.update({one.context_expr: kind for one in value})
            elif isinstance(value, ast.expr):
                kinds[value] = kind
    boundaries = []
    for place in places:
        nodes = found.get(place, [])
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        if not nodes:
            raise ValueError(f"nothing to move at {place[0]}:{place[1] + 1}")
        node = calls[-1] if calls else nodes[0]
        kind = {ast.Attribute: "attribute", ast.Subscript: "subscript"}.get(type(node), "call")
        if not isinstance(node, ast.Call):
            kind = kinds.get(node, kind)
        boundaries.append(Boundary(node, kind, "ORC302" if own_session else "ORC308", request=own_session))
    return boundaries


class OffloadBlockingCalls(CodemodCommand):
    """Moves blocking calls of async functions to a thread."""

    DESCRIPTION = "Move blocking calls in async functions to a thread (ORC301 to ORC308 of flake8-orch47)."

    def __init__(self, context: CodemodContext, at: Sequence[str] = (), own_session: bool = False) -> None:
        super().__init__(context)
        self.places = [_place(one) for one in at]
        self.own_session = own_session

    @staticmethod
    def add_args(parser: argparse.ArgumentParser) -> None:
        """The options of the command."""
        parser.add_argument(
            "--at",
            metavar="ROW:COLUMN",
            action="append",
            default=[],
            help="where a blocking call starts, both counted from 1; may be given more than once",
        )
        parser.add_argument(
            "--own-session",
            action="store_true",
            help="what is moved uses orchestrator-core's db.session: give the thread a session of its own",
        )

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """The module after the moves. Raises SkipFile with the reasons if nothing can be moved."""
        text = tree.code
        facts = collect(parse_text(text, self.context.filename or ""), self.context.filename or "", text)
        try:
            boundaries = boundaries_at(facts, self.places, self.own_session)
            placements, refusals = Planner(facts).plan(boundaries)
            for boundary, refusal in refusals:
                self.warn(f"{boundary.node.lineno}: {refusal.reason}")
            return cst.parse_module(rewritten(text, placements)) if placements else tree
        except (NotWritten, ValueError) as error:
            raise SkipFile(str(error)) from error


def _place(text: str) -> tuple[int, int]:
    row, _, column = text.partition(":")
    return int(row), int(column or 1) - 1


