"""The modules of a project: facts made when first asked for, and kept."""

from __future__ import annotations

from flake8_orch47.facts.collect import collect
from flake8_orch47.facts.vocabulary import Vocabulary
from flake8_orch47.project.source import SourceError, decode, parse_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_orch47.facts.scopes import CallFact, ModuleFacts, Scope
    from flake8_orch47.project.tree import Project

__all__ = ["Modules"]


class Modules:
    """Facts by path. A file that cannot be read or parsed has none; `problems` says why."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.problems: dict[str, SourceError] = {}
        self._facts: dict[str, ModuleFacts | None] = {}
        self._vocabularies: dict[ModuleFacts, Vocabulary] = {}
        self._calls: dict[Scope, list[CallFact]] = {}

    def facts(self, path: str) -> ModuleFacts | None:
        """The facts of the file at `path`, None where it cannot be read or parsed."""
        if path not in self._facts:
            self._facts[path] = self._read(path)
        return self._facts[path]

    def has(self, path: str) -> bool:
        """Whether the file at `path` was read already."""
        return path in self._facts

    def known(self) -> tuple[ModuleFacts, ...]:
        """Every module that was read so far, in the order of the paths."""
        return tuple(facts for _, facts in sorted(self._facts.items()) if facts is not None)

    def vocabulary(self, module: ModuleFacts) -> Vocabulary:
        """What the names of a module may stand for."""
        known = self._vocabularies.get(module)
        if known is None:
            known = self._vocabularies[module] = Vocabulary(module)
        return known

    def calls_in(self, scope: Scope) -> list[CallFact]:
        """The calls that stand directly in `scope`, comprehensions inside it included."""
        known = self._calls.get(scope)
        if known is None:
            inner = [self.calls_in(one) for one in scope.inner if one.kind == "comprehension"]
            known = self._calls[scope] = [*scope.calls, *(call for calls in inner for call in calls)]
        return known

    def _read(self, path: str) -> ModuleFacts | None:
        try:
            data = self.project.read(path)
            made = self.project.made.get(path)
            if made is not None and made[0] == data:
                facts: ModuleFacts = made[1]
                return facts
            text = decode(data)
            facts = collect(parse_text(text, path), path, text)
        except SourceError as error:
            self.problems[path] = error
        except RecursionError:
            self.problems[path] = SourceError("nested too deeply to be read")
        else:
            self.project.made[path] = data, facts
            return facts
        return None
