"""The form of the tables: what one library's page says.

Names are canonical dotted paths, the ones that the library's documentation uses. A callable is a function,
a class (calling it constructs) or a method (`package.Class.method`). Lists of names are one string,
separated by spaces.

Where a table says what something *is* (`returns`, `attributes`, `enters`, `elements`), the text is a type:

- `package.Class`: an instance of that class,
- `type[package.Class]`: the class itself,
- `tuple[A, B]`: a tuple of such values,
- `iter[A]`: something that gives A when iterated,
- `context[A]`: a context manager that binds A,
- `callable[A]`: something that gives A when called.

`package.Class[state]` is a class of the tables' own: the real class in a state in which it does something
else.
"""

from __future__ import annotations

from types import MappingProxyType

from flake8_orch47.records import Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

__all__ = ["WORDS", "Argument", "Blocking", "Blocks", "Callee", "Library", "each", "members"]

#: What a message calls the kind of call where its row has no better words.
WORDS = {
    "ORC301": "an HTTP request",
    "ORC302": "a database query",
    "ORC303": "a sleep",
    "ORC304": "a subprocess",
    "ORC305": "file access",
    "ORC306": "a network request",
    "ORC307": "a wait",
}

# Rows are named tuples: at import such a class costs an eighth of a dataclass, and its rows less too.
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Argument(Row):
    """A condition on one argument of a call, given as `name=` or at `position` (0-based, without `self`).

    It holds where the argument is a constant equal to one of `values`, one of the `names` (canonical), or an
    instance of one of the classes `types`. With none of the three it holds where the argument is given.
    """

    name: str
    position: int | None = None
    values: tuple[object, ...] = ()
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


class Blocking(Row):
    """That calling, iterating, entering or leaving something blocks, and how we know.

    `code` is ORC301 to ORC307, `what` the message's words, `source` the library's page that says so. The call
    is silent where one of `unless` holds; where `only_if` is not empty, it counts only where one of it holds.
    `coroutine`: an `async def` that blocks when it is awaited. `until`: the version that no longer blocks.
    """

    code: str
    what: str
    source: str
    unless: tuple[Argument, ...] = ()
    only_if: tuple[Argument, ...] = ()
    coroutine: bool = False
    until: str = ""


class Callee(Row):
    """Where a callable takes the function that it runs: as `name=`, or at `position` (as in `Argument`).

    It runs it with the arguments that follow; or with each element of those from the position `each` on.
    """

    position: int | None = None
    name: str = ""
    each: int | None = None


class Blocks(Row):
    """One row: each of `names` of each of `owners` blocks; without `names` the owners themselves do."""

    code: str
    owners: str
    names: str = ""
    what: str = ""
    unless: tuple[Argument, ...] = ()
    only_if: tuple[Argument, ...] = ()
    coroutine: bool = False
    until: str = ""

    def blocking(self, source: str) -> Blocking:
        """The fact that this row states about every one of its names."""
        what = self.what or WORDS[self.code]
        return Blocking(self.code, what, source, self.unless, self.only_if, self.coroutine, self.until)


class Library(Row):
    """What the tables know about one library.

    - `calls` block when they are called; instances of `iterating`, `entering`, `leaving` where they are
      iterated or used by `with`.
    - `silent`: names that a wildcard (`package.Class.*`) does not cover.
    - `aliases`: other public paths of the same thing, whole prefixes too. `bases`: the classes whose
      methods a class has.
    - `returns`: the type of a call's result, where that is not plain from the name of a class in
      capitals. `attributes`: the type of an attribute. `enters`, `elements`: by class, what `with` binds
      if that is not the instance, and what iterating gives.
    - `awaitable`: what gives an awaitable when called. Its `returns` is what awaiting or `async with`
      gives.
    - `offloading` runs a function that it is given elsewhere, `in_place` calls it where it stands.
    - `passes` gives back its argument at that position, `enters_argument` enters it.
    """

    source: str
    calls: tuple[Blocks, ...] = ()
    iterating: tuple[Blocks, ...] = ()
    entering: tuple[Blocks, ...] = ()
    leaving: tuple[Blocks, ...] = ()
    silent: tuple[str, ...] = ()
    aliases: Mapping[str, str] = _NOTHING
    bases: Mapping[str, str] = _NOTHING
    returns: Mapping[str, str] = _NOTHING
    attributes: Mapping[str, str] = _NOTHING
    enters: Mapping[str, str] = _NOTHING
    elements: Mapping[str, str] = _NOTHING
    awaitable: tuple[str, ...] = ()
    offloading: Mapping[str, Callee] = _NOTHING
    in_place: Mapping[str, Callee] = _NOTHING
    passes: Mapping[str, int] = _NOTHING
    enters_argument: Mapping[str, int] = _NOTHING


def members(owners: str, names: str = "") -> Iterable[str]:
    """Every name of every owner as a dotted path; the owners themselves where there are no names."""
    if not names:
        return owners.split()
    return [f"{owner}.{name}" for owner in owners.split() for name in names.split()]


def each(owners: str, names: str, value: str) -> dict[str, str]:
    """The same value for every name of every owner."""
    return dict.fromkeys(members(owners, names), value)
