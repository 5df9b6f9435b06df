"""How the project is deployed: which of the framework's commands stand in its deployment files, and where.

The files are those of the project and those around it in the same repository that belong to no other project:
`deploy/` often stands beside the application's own folder.
"""

from __future__ import annotations

import codecs
import os
import re
from fnmatch import translate
from functools import cache

from flake8_orch47.knowledge import deployment as known
from flake8_orch47.project import source
from flake8_orch47.project.commands import commands
from flake8_orch47.project.discovery import Choice, find_root, is_marked, walk
from flake8_orch47.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_orch47.findings import Finding
    from flake8_orch47.knowledge.deployment import FileKind
    from flake8_orch47.project.shell import Command, Word

__all__ = ["CliCommand", "Deployment", "Deployments"]


class CliCommand(Record):
    """A command of orchestrator-core in a deployment file.

    `command` is `scheduler` or `db`, in row `row`; `subcommand` what follows, if anything does; `text` the whole
    command on one line.
    """

    command: str
    subcommand: str
    path: str
    row: int
    text: str


class Deployment(Record):
    """What the deployment files of a project say.

    `commands` in order of path and row; `read` how many files were looked at; `unread` those that could not be,
    with the reason.
    """

    commands: tuple[CliCommand, ...] = ()
    read: int = 0
    unread: tuple[tuple[str, str], ...] = ()

    def runs(self, command: str, *subcommands: str) -> tuple[CliCommand, ...]:
        """The places where a command stands with one of these subcommands; without any, whatever follows it."""
        return tuple(
            one
            for one in self.commands
            if one.command == command and (not subcommands or one.subcommand in subcommands)
        )


class _File(Record):
    """A deployment file: what it says, or the `reason` why it could not be read."""

    path: str
    commands: tuple[CliCommand, ...] = ()
    reason: str = ""


class Deployments:
    """What the deployment files of several projects say: a repository is read once, however many it holds."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[_File, ...]] = {}

    def of(self, root: str) -> Deployment:
        """What the files of the project at `root` say. Nothing is raised."""
        top = _repository(root)
        if top not in self._files:
            self._files[top] = tuple(_read(top))
        files = [file for file in self._files[top] if _belongs(file.path, root)]
        commands = sorted((one for file in files for one in file.commands), key=lambda one: (one.path, one.row))
        unread = tuple(sorted((file.path, file.reason) for file in files if file.reason))
        return Deployment(tuple(commands), len(files) - len(unread), unread)


# Which files


def _read(top: str) -> Iterator[_File]:
    """The deployment files of a repository, as far as git does not ignore them."""
    problems: list[Finding] = []
    for path in walk(top, top, problems, _CHOICE):
        if not known.DOCUMENTATION.isdisjoint(os.path.relpath(path, top).split(os.sep)[:-1]):
            continue
        kind = _kind(os.path.basename(path))
        try:
            if os.path.getsize(path) > known.LARGEST:
                if kind is not None and kind.syntax != "json":
                    yield _File(path, reason=f"larger than {known.LARGEST // 1_000_000} MB")
                continue
            data = source.read(path)
        except OSError as error:
            yield _File(path, reason=error.strerror or type(error).__name__)
            continue
        except source.SourceError as error:
            yield _File(path, reason=error.reason)
            continue
        kind = kind or _kind_of_script(data)
        if kind is not None:
            yield _File(path, tuple(_found(path, data, kind)))
    for problem in problems:
        yield _File(problem.span.path, reason=problem.message)


def _belongs(path: str, root: str) -> bool:
    """Whether a file is the project's: in it, or around it and in no other project."""
    owner = find_root(os.path.dirname(path))
    return owner == root or not is_marked(owner) or root.startswith(os.path.join(owner, ""))


def _repository(root: str) -> str:
    """The repository around a project; the project itself where there is none, or where that is somebody's home."""
    folder = root
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return root
        folder = above
    return folder if folder != os.path.expanduser("~") else root


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], FileKind], ...]:
    return tuple((re.compile("|".join(translate(one) for one in kind.patterns)), kind) for kind in known.FILES)


def _kind(name: str) -> FileKind | None:
    """What a file of this name is; None for one that may be a script, or nothing of interest."""
    name = name.lower()
    for suffix in known.TEMPLATE_SUFFIXES:
        name = name.removesuffix(suffix)
    return next((kind for pattern, kind in _patterns() if pattern.match(name)), None)


def _is_wanted(name: str) -> bool:
    return _kind(name) is not None or "." not in name


_CHOICE = Choice((), _is_wanted, known.HIDDEN_FOLDERS)
_SCRIPT = next(kind for kind in known.FILES if kind.syntax == "shell")
_SHEBANG = re.compile(rb"#![^\n]*?\b(?:%s)\b" % b"|".join(known.SHELLS))


def _kind_of_script(data: bytes) -> FileKind | None:
    """A file without an ending is a script if its first line says so: `bin/server`."""
    return _SCRIPT if _SHEBANG.match(data) else None


# What they say


def _found(path: str, data: bytes, kind: FileKind) -> Iterator[CliCommand]:
    text = _decoded(data)
    if not any(re.search(rf"\b{command}\b", text) for command in known.CLI):
        return
    has_other = any(name in data.lower() for name in known.OTHER_SCHEDULERS)
    seen = set()
    for command in commands(text, kind.syntax, kind.comments):
        for word, subcommand in _cli(command, has_other):
            place = word.row, word.text, subcommand
            if place not in seen:
                seen.add(place)
                yield CliCommand(word.text, subcommand, path, word.row, " ".join(one.text for one in command.words))


def _decoded(data: bytes) -> str:
    """The text of a file, whatever its encoding: what cannot be read becomes a replacement character."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:8192]:  # binary
        return ""
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


def _cli(command: Command, has_other: bool) -> Iterator[tuple[Word, str]]:
    """The framework's commands among the words of a command, each with its subcommand.

    `has_other` says that the file names other software with a scheduler.
    """
    words = command.words
    if command.key in known.PROSE_KEYS or words[0].text.lower() in known.SAYING:
        return
    for index, word in enumerate(words):
        if word.text not in known.CLI:
            continue
        subcommand = _subcommand(words[index + 1 :])
        before = [one.text for one in words[:index] if not one.text.startswith("-") or one.text == "-m"]
        if _counts(command.key, before, word.text, subcommand, has_other, is_last=index + 1 == len(words)):
            yield word, subcommand


def _subcommand(words: Sequence[Word]) -> str:
    """The first word that is no option, with `-` for `_`; empty if there is none."""
    name = next((word.text for word in words if not word.text.startswith("-")), "")
    return name.replace("_", "-") if re.fullmatch(r"[\w-]+", name) else ""


def _counts(key: str, before: Sequence[str], word: str, subcommand: str, has_other: bool, is_last: bool) -> bool:
    """Whether a word is a command of the framework, judged by what stands before and behind it."""
    is_known = subcommand in known.CLI[word]
    if subcommand in known.UNMISTAKABLE:
        return True
    if not before:
        return key in known.ARGUMENT_KEYS and not has_other and (is_known or (word == "scheduler" and is_last))
    program = before[-1]
    name = program.rpartition("/")[2]
    if name in known.OTHER_PROGRAMS:
        return False
    if name.endswith(".py"):
        return is_known or (word == "scheduler" and name in known.ENTRY_SCRIPTS)
    if len(before) > 1 and before[-2] == "-m":
        return is_known and name.partition(".")[0] not in known.OTHER_PROGRAMS
    if name.endswith(".sh") or name == "entrypoint":
        return word == "scheduler" and not has_other and (is_known or is_last)
    return is_known and _is_program(before)


def _is_program(before: Sequence[str]) -> bool:
    """Whether words end with the program that is started: it stands first, or in a container that is named."""
    rest = list(before)
    while len(rest) > 1 and (rest[0].rpartition("/")[2] in known.WRAPPERS or re.match(r"\w+=", rest[0])):
        rest.pop(0)
    if len(rest) == 1:
        return re.fullmatch(r"@?[\w./${}()-]+|\{\{.*\}\}", rest[0]) is not None and not rest[0].endswith((":", ")"))
    is_container = rest[0] in {"docker", "docker-compose", "podman", "kubectl", "oc", "nerdctl"}
    return is_container and not {"exec", "run"}.isdisjoint(rest[1:-1])
