"""Which modules may use something of another one: looked for in the bytes of the whole project, within bounds."""

from __future__ import annotations

import os

from flake8_orch47.project import scan
from flake8_orch47.resolution.registrations import names_to_reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_orch47.facts.modules import Modules
    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.project.tree import Project

__all__ = ["Users"]

#: So many files are looked through in a run, every question taking all of the project's; then answers are unknown.
_FILES = 30_000
#: A name that so many further files mention says nothing; and so many files are read in a run.
_MENTIONS, _READ = 200, 1_000


class Users:
    """Answers questions about who uses what, each once.

    orchestrator-core's own tree is left out: what it hands out is known without looking. So are tests, unless one
    of them asks: what they put away is not there when the application runs.
    """

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self._of_functions: dict[Scope, tuple[tuple[ModuleFacts, ...], frozenset[str]]] = {}
        self._found: dict[tuple[str, str], tuple[ModuleFacts, ...]] = {}
        self._looked_at = 0
        self._read = 0

    def of_function(self, scope: Scope) -> tuple[tuple[ModuleFacts, ...], frozenset[str]]:
        """The modules that may call a function, and the names under which they may know it."""
        known = self._of_functions.get(scope)
        if known is None:
            known = self._of_functions[scope] = self._mentioning(scope)
        return known

    def of_name(self, owner: ModuleFacts, name: str) -> tuple[ModuleFacts, ...]:
        """The modules that mention another module and a name of it."""
        word = scan.word_of(owner.path)
        return self._found_by(owner, name, lambda project: scan.mentioning(project, {word: {name}}, {owner.path}))

    def assigning(self, owner: ModuleFacts, attribute: str) -> tuple[ModuleFacts, ...]:
        """The modules that assign to an attribute of that name."""
        return self._found_by(owner, "." + attribute, lambda project: scan.assigning(project, attribute))

    def _mentioning(self, scope: Scope) -> tuple[tuple[ModuleFacts, ...], frozenset[str]]:
        own = scope.module
        names = frozenset(names_to_reach(scope))
        if self.is_core(own):
            return (), names
        found = {own: None}
        offered: set[tuple[str, str]] = set()
        new = {(scan.word_of(own.path), name) for name in names}
        while new:
            offered |= new
            wanted: dict[str, set[str]] = {}
            for word, name in new:
                wanted.setdefault(word, set()).add(name)
            known = {module.path for module in found}
            added = self._modules_at(scan.mentioning(self.modules.project, wanted, known), own)
            if added is None:
                return (), names
            found.update(dict.fromkeys(added))
            handed = [(module, self.modules.vocabulary(module).handed_on(names)) for module in found]
            names = names.union(*(more for _, more in handed))
            new = {(scan.word_of(module.path), name) for module, more in handed for name in more} - offered
        return tuple(found), names

    def _found_by(
        self, owner: ModuleFacts, name: str, look: Callable[[Project], Iterable[str]]
    ) -> tuple[ModuleFacts, ...]:
        key = owner.path, name
        known = self._found.get(key)
        if known is None:
            paths = () if self.is_core(owner) else look(self.modules.project)
            known = self._found[key] = tuple(self._modules_at(paths, owner) or ())
        return known

    def _modules_at(self, paths: Iterable[str], owner: ModuleFacts) -> list[ModuleFacts] | None:
        """The modules at `paths`, which looking through the project finds; None where that would be too much."""
        self._looked_at += len(self.modules.project.files)
        if self._looked_at > _FILES:
            return None
        with_tests = self._is_test(owner.path)
        wanted, new = [], 0
        for path in paths:
            if with_tests or not self._is_test(path):
                wanted.append(path)
                new += not self.modules.has(path)
                if new > _MENTIONS:
                    return None
        self._read += new
        if self._read > _READ:
            return None
        return [facts for facts in map(self.modules.facts, wanted) if facts is not None]

    def is_core(self, module: ModuleFacts) -> bool:
        """Whether a module belongs to orchestrator-core's own tree."""
        return self.modules.project.core_module(module.path) is not None

    def _is_test(self, path: str) -> bool:
        """Whether a module holds tests."""
        parts = os.path.relpath(path, self.modules.project.root).split(os.sep)
        return not {"tests", "test"}.isdisjoint(parts[:-1]) or parts[-1].startswith(("test_", "conftest."))
