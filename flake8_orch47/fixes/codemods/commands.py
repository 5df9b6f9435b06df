"""The fixes as commands of libcst.tool: what `orch47 check --fix` does, for some codes and one file after the other.

    python -m libcst.tool codemod --no-format -x flake8_orch47.fixes.codemods.commands.AsyncCallbacks app/auth.py

Who runs a codemod asks for what it does: unsafe fixes are applied too. A fix that needs another file is not, and
`# noqa` keeps a finding. Without `--no-format`, libcst.tool calls black for the whole file, and fails without it.
"""

from __future__ import annotations

import os

import libcst as cst
from libcst.codemod import CodemodCommand, SkipFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from flake8_orch47.settings import Settings

__all__ = [
    "AsyncCallbacks",
    "AwaitCallbacks",
    "DeadSchedules",
    "FixCommand",
    "MovedSchedules",
    "OffloadBlockingCalls",
]


class FixCommand(CodemodCommand):
    """Applies the fixes of `codes` to the file at hand."""

    codes: ClassVar[tuple[str, ...]] = ()

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """The module with the fixes made. Raises SkipFile, with the reasons, where there are findings but no fix."""
        from flake8_orch47.fixes.repair import repair
        from flake8_orch47.rules import noqa
        from flake8_orch47.settings import load

        path = os.path.abspath(self.context.filename or "module.py")

        def configure(root: str) -> Settings:
            return load(root, select=self.codes, extend_select=(), ignore=(), per_file_ignores=())

        outcome = repair([path], configure, {path: tree.bytes}, unsafe=True, keep=noqa.keep)
        changed = outcome.changed.get(path)
        if changed is not None:
            return cst.parse_module(changed.after)
        reasons = sorted(set(outcome.refused.values()))
        if reasons:
            raise SkipFile("; ".join(reasons))
        return tree


class AsyncCallbacks(FixCommand):
    """ORC201: authorization callbacks become async."""

    DESCRIPTION = "Make orchestrator-core's authorization callbacks async (ORC201)."
    codes = ("ORC201",)


class AwaitCallbacks(FixCommand):
    """ORC202: coroutines of authorization callbacks are awaited."""

    DESCRIPTION = "Await the coroutines of orchestrator-core's authorization callbacks (ORC202)."
    codes = ("ORC202",)


class DeadSchedules(FixCommand):
    """ORC103, ORC104: imports of what is gone, and their uses, go."""

    DESCRIPTION = "Remove imports of what orchestrator-core's schedules no longer have (ORC103, ORC104)."
    codes = ("ORC103", "ORC104")


class OffloadBlockingCalls(FixCommand):
    """ORC301 to ORC308: what blocks runs in a thread."""

    DESCRIPTION = "Move blocking calls in orchestrator-core's authorization callbacks to a thread (ORC301 to ORC308)."
    codes = ("ORC3",)


class MovedSchedules(FixCommand):
    """ORC101, ORC102, ORC105: jobs become entries of `SCHEDULES`."""

    DESCRIPTION = "Move orchestrator-core's schedules out of the code, to a SCHEDULES list (ORC101, ORC102, ORC105)."
    codes = ("ORC101", "ORC102", "ORC105")
