"""What a planned fix consists of: plain steps, each in one file, that `render` turns into text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from flake8_orch47.findings import Applicability, Span

__all__ = ["Change", "Insertion", "NewImport", "Planned", "Refusal", "Refused", "Removal", "Step"]


class Change(NamedTuple):
    """A node of the source is rewritten by a codemod.

    `span` is exactly the node's; `kind` says what it is: an `expression`, a `statement`, or the `header` of a
    `def` (up to its colon, without decorators), a `block`: whole lines with statements that follow each other, of
    which the codemod gets and returns a list. `rewrite` names the function that does it, as `module:function`
    in `fixes.codemods`; `options` are handed to it.

    `composes`: other fixes may change something inside the node, or the node itself, at the same time. What does
    not compose waits for the next round.
    """

    span: Span
    kind: Literal["expression", "statement", "header", "block"]
    rewrite: str
    options: tuple[object, ...] = ()
    composes: bool = False


class Insertion(NamedTuple):
    """Statements are put before the line `row` of a file (one more than there are lines: at its end).

    `lines` are the lines of the statements, four spaces for each level of indentation, which `indent` (white
    space as it stands in the file) precedes. A line may hold line ends of its own (a string, a bracket): what
    follows them is not indented again. `blank` lines separate the statements from what is around them. With `until`
    they take the place of the lines before that row.
    """

    path: str
    row: int
    lines: tuple[str, ...]
    indent: str = ""
    blank: int = 2
    until: int = 0


class Removal(NamedTuple):
    """A statement goes, with its lines where nothing else stands on them; `instead` takes its place (`pass`)."""

    span: Span
    instead: str = ""


class NewImport(NamedTuple):
    """`import module`, or `from module import name`, where the imports stand; `beside` is the row of a kin.

    `alias` is the name that is bound, where it is another one.
    """

    path: str
    module: str
    name: str = ""
    level: int = 0
    beside: int = 0
    alias: str = ""


Step: TypeAlias = Change | Insertion | Removal | NewImport


class Planned(NamedTuple):
    """A fix before it is text: `message` is one line that says what it does; `reason` why it is unsafe.

    All of its steps are taken, or none. Fixes that share steps share their result: a step is taken once.
    """

    applicability: Applicability
    message: str
    steps: tuple[Step, ...]
    reason: str = ""

    @property
    def paths(self) -> frozenset[str]:
        """The files that it edits."""
        return frozenset(path_of(step) for step in self.steps)


class Refused(NamedTuple):
    """Why a finding has no fix: one line for a person."""

    reason: str


class Refusal(Exception):  # noqa: N818 (nothing went wrong)
    """A fix cannot be made; the message is the reason, one line for a person."""


def path_of(step: Step) -> str:
    """The file that a step edits."""
    return step.path if isinstance(step, Insertion | NewImport) else step.span.path
