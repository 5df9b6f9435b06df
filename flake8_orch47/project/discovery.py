"""Which files: the project's root, the Python files below a folder, the files that given paths stand for.

Paths are absolute plain strings: pathlib doubles what walking costs.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from fnmatch import translate
from functools import cache, cached_property

from flake8_orch47.findings import UNREADABLE, Finding, Span
from flake8_orch47.project.inputs import note, note_kind
from flake8_orch47.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from pathspec import GitIgnoreSpec

__all__ = ["Choice", "Discovery", "expand", "find_root", "is_marked", "root_around", "walk"]

#: What marks the root of a project (RULES.md, "Project").
_ROOT_MARKERS = ("pyproject.toml", "setup.cfg", "setup.py", "tox.ini", ".flake8", ".git")

#: What marks the root of a virtual environment: the standard library's own mark, and conda's.
_ENVIRONMENT_MARKERS = frozenset({"pyvenv.cfg", "conda-meta"})

_LEFT_OUT = frozenset({"__pycache__", "node_modules", "site-packages"})


class Choice(Record):
    """Which files a walk gives: those with an ending of `suffixes`, and those whose name `also` wants.

    `hidden` are the hidden folders that it goes into.
    """

    suffixes: tuple[str, ...]
    also: Callable[[str], bool] | None = None
    hidden: frozenset[str] = frozenset()


_PYTHON = Choice((".py", ".pyw"))


class Discovery(Record):
    """What given paths stand for: files in order, each once, and what is wrong with the paths.

    `whole` are the project roots among the paths: every file of such a project is among the files.
    """

    files: tuple[str, ...]
    problems: tuple[Finding, ...]
    whole: frozenset[str] = frozenset()


@cache
def find_root(path: str) -> str:
    """The project root of a file or directory: the nearest folder upward with a marker.

    Without any marker: the given directory; for a file its folder, or what holds the outermost package
    around it.
    """
    path = os.path.abspath(path)
    if not os.path.isdir(path):
        return root_around(os.path.dirname(path))
    return _marked_above(path) or path


@cache
def root_around(folder: str) -> str:
    """The project root of the files right in a folder, given by its absolute path."""
    marked = _marked_above(folder)
    return marked or next(one for one in _upward(folder) if not _exists(one, "__init__.py"))


@cache
def _marked_above(folder: str) -> str:
    """The nearest folder upward with a marker; empty if there is none."""
    above = os.path.dirname(folder)
    return folder if is_marked(folder) else _marked_above(above) if above != folder else ""


def expand(paths: Sequence[str]) -> Discovery:
    """The files that `paths` stand for: a file itself, whatever it is called, and what a folder holds.

    Problems are findings of the path that cannot be read. Nothing is raised.
    """
    files: dict[str, None] = {}
    problems: list[Finding] = []
    whole = set()
    for path in paths:
        absolute = os.path.abspath(path) if path else path
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            problems.append(_problem(absolute, _reason(absolute, error)))
            continue
        if stat.S_ISDIR(mode):
            root = find_root(absolute)
            files.update(dict.fromkeys(walk(absolute, root, problems)))
            if absolute == root:
                whole.add(root)
        elif stat.S_ISREG(mode):
            files[absolute] = None
        else:
            problems.append(_problem(absolute, "neither a file nor a folder"))
    return Discovery(tuple(files), tuple(dict.fromkeys(problems)), frozenset(whole))


def walk(directory: str, root: str, problems: list[Finding] | None = None, choice: Choice = _PYTHON) -> Iterator[str]:
    """The Python files below `directory`, or those of another `choice`, in the order of their paths.

    Left out: hidden folders, virtual environments, installed packages, and what git ignores by the rules
    from the repository's root (without a repository: from `root`) down. `directory` itself is walked
    whatever it is; where it is ignored, or lies in something ignored, the rules from above end at it.
    Links to files are followed, links to folders are not, as in flake8. What cannot be read is appended to
    `problems`.
    """
    problems = [] if problems is None else problems
    top = _Folder(os.path.join(directory, ""), _rules_above(directory, root))
    waiting: list[str | _Folder] = [top]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
            continue
        try:
            listing = _list(item.path, choice)
        except OSError as error:
            problems.append(_problem(item.path, f"folder cannot be read: {_said(error)}"))
            continue
        if item is top or not listing.marks & _ENVIRONMENT_MARKERS:
            waiting += _wanted(item, listing, problems)


def _upward(folder: str) -> Iterator[str]:
    """`folder` and what is above it."""
    above = os.path.dirname(folder)
    while above != folder:
        yield folder
        folder, above = above, os.path.dirname(above)
    yield folder


@cache
def is_marked(folder: str) -> bool:
    """Whether a folder has one of the files that mark a project."""
    return os.path.join(folder, "") not in _unmarked and any(_exists(folder, marker) for marker in _ROOT_MARKERS)


#: The folders that a walk saw without any of these files, each with a final separator.
_unmarked: set[str] = set()


# Problems


def _problem(path: str, reason: str) -> Finding:
    return Finding(Span(path.rstrip(os.sep) or path, 1, 0, 1, 0), UNREADABLE, reason)


def _reason(path: str, error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "link that leads back to itself"
    if os.path.islink(path):
        return f"broken link to {os.readlink(path)!r}"
    return f"cannot be read: {_said(error)}"


def _said(error: OSError | ValueError) -> str:
    """The system's text in lower case, without the path that str() adds."""
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]


# One folder


class _Folder(Record):
    """A folder to list: `path` ends with a separator, `rules` are in force in it, innermost first."""

    path: str
    rules: tuple[_Rules, ...]


class _Listing(Record):
    """What a folder holds: chosen files, links with such names, folders, and names that say what it is."""

    files: list[str]
    links: list[str]
    folders: list[str]
    marks: set[str]


#: Names that say something about the folder they are in.
_MARKS = frozenset({".gitignore", *_ENVIRONMENT_MARKERS, *_ROOT_MARKERS})


def _list(folder: str, choice: Choice) -> _Listing:
    """The folder's listing, without a call to the system for each file. Raises OSError."""
    listing = _Listing([], [], [], set())
    suffixes, also, hidden = choice.suffixes, choice.also, choice.hidden
    note(folder)
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name in _MARKS:
                listing.marks.add(name)
            if entry.is_dir(follow_symlinks=False):
                if (name[0] != "." and name not in _LEFT_OUT) or name in hidden:
                    listing.folders.append(name)
            elif name.endswith(suffixes) or (also is not None and also(name)):
                if entry.is_file(follow_symlinks=False):
                    listing.files.append(name)
                elif entry.is_symlink():
                    listing.links.append(name)
    if listing.marks.isdisjoint(_ROOT_MARKERS):
        _unmarked.add(folder)
    return listing


def _wanted(folder: _Folder, listing: _Listing, problems: list[Finding]) -> list[str | _Folder]:
    """What of a listing is walked on, last first: a folder sorts where the paths below it sort."""
    rules = _rules_in(folder, listing.marks)
    files = [name for name in listing.files if not _is_ignored(folder.path, name, rules)]
    links = [name for name in listing.links if not _is_ignored(folder.path, name, rules)]
    files += [name for name in links if _leads_to_file(folder.path + name, problems)]
    folders = [f"{name}/" for name in listing.folders if not _is_ignored(folder.path, f"{name}/", rules)]
    return [
        _Folder(f"{folder.path}{name[:-1]}{os.sep}", rules) if name[-1] == "/" else folder.path + name
        for name in sorted(files + folders, reverse=True)
    ]


def _leads_to_file(link: str, problems: list[Finding]) -> bool:
    """Whether a link leads to a file; one that leads nowhere is a problem."""
    if os.path.basename(link).startswith(".#"):
        return False  # an Emacs lock: it links to user@host, which is never meant to exist
    note_kind(link)
    try:
        return stat.S_ISREG(os.stat(link).st_mode)
    except OSError as error:
        problems.append(_problem(link, _reason(link, error)))
        return False


# What git ignores


class _Rules:
    """The patterns of one ignore file, which hold below `base` (a path that ends with a separator).

    Nearly every name is one that no pattern can match, or that a plain one does (`build/`, `*.egg-info`). That is
    decided here, by sets of names and endings; only for the others is pathspec imported and asked: a hundred
    patterns cost it 30 µs a file, and its import is dearer than a whole walk.
    """

    def __init__(self, base: str, lines: list[str]) -> None:
        self.base = base
        self._lines = lines
        self._in_base = _Names(lines)
        self._below = _Names(line for line in lines if not re.fullmatch(r"!?/[^/]+/?\s*", line))

    def say(self, folder: str, name: str) -> bool | None:
        """Whether these rules ignore a file or, with a final slash, a folder; None where they say nothing."""
        bare = name.removesuffix("/")
        names = self._in_base if folder == self.base else self._below
        if not names.may_be_intricate(bare):
            return names.say(bare, is_folder=bare != name)
        mark = "\0d" if bare != name else "\0f"  # no name holds a NUL
        relative = folder[len(self.base) :].replace(os.sep, "/") + bare + mark
        return self._spec.check_file(relative).include

    @cached_property
    def _spec(self) -> GitIgnoreSpec:
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines([_asked_alone(line) for line in self._lines if _is_pattern(line)])


#: `name`, `*ending`, either with a final slash (then for folders only) or a first one (then in the base only).
_PLAIN = re.compile(r"/?(\*?)([^!#*?\[\\/\s]|(?<=[*/])[!#])([^*?\[\\/]*?)(/?) *")


class _Names:
    """The names that some patterns match, and those that others may match: of these too many rather than too few."""

    def __init__(self, lines: Iterable[str]) -> None:
        #: by name and by ending: whether only folders are ignored
        self._names: dict[str, bool] = {}
        endings: dict[str, bool] = {}
        intricate: set[str] = set()
        for line in lines:
            plain = _PLAIN.fullmatch(line)
            if plain is not None:
                star, first, rest, slash = plain.groups()
                known = endings if star else self._names
                known[first + rest] = bool(slash) and known.get(first + rest, True)
            elif line.strip() and not line.startswith("#"):
                intricate.add(_last_segment(line))
        self._endings = tuple(endings.items())
        self._intricate_names = frozenset(segment for segment in intricate if not re.search(r"[*?\[]", segment))
        self._intricate = _one_of(intricate - self._intricate_names)

    def say(self, name: str, *, is_folder: bool) -> bool | None:
        """True for a name that a plain pattern ignores, else None."""
        for_folders = self._names.get(name)
        if for_folders is not None and (is_folder or not for_folders):
            return True
        for ending, for_folders in self._endings:
            if name.endswith(ending) and (is_folder or not for_folders):
                return True
        return None

    def may_be_intricate(self, name: str) -> bool:
        """Whether a pattern that is not plain may match a name."""
        return name in self._intricate_names or (
            self._intricate is not None and self._intricate.match(name) is not None
        )


def _asked_alone(line: str) -> str:
    """The pattern as one that matches a name with its mark (see `_Rules.say`), and nothing else.

    pathspec takes whatever lies below a match as matched, and the folder `a/` by `a/**`. git does neither:
    it asks for each name on the way down, where the next file's pattern may have taken the folder back.
    """
    stripped = line.rstrip(" ")
    body = stripped + " " if stripped.endswith("\\") and stripped != line else stripped
    pattern = body.removesuffix("/")
    if pattern.endswith("/**"):
        pattern += "/*"
    return pattern + ("\0d" if body.endswith("/") else "\0?")


def _is_pattern(line: str) -> bool:
    """Whether git can read the line and pathspec too. Passed over: `!`, `/`, `[z-a]`, a final backslash."""
    from pathspec import GitIgnoreSpec

    if not line.strip("!/ ") or re.search(r"(?<!\\)(?:\\\\)*\\$", line):
        return False
    try:
        GitIgnoreSpec.from_lines([line])
    except (ValueError, re.error):
        return False
    return True


def _last_segment(line: str) -> str:
    """The part of a pattern that a name has to match; `*` where that is not certain."""
    pattern = line.rstrip().removeprefix("!").rstrip("/")
    if "\\" in pattern or "[^" in pattern or "[[" in pattern:
        return "*"
    return pattern.rpartition("/")[2] or "*"


def _one_of(globs: set[str]) -> re.Pattern[str] | None:
    if not globs:
        return None
    try:
        return re.compile("|".join(translate(glob) for glob in sorted(globs)))
    except re.error:
        return re.compile("")


def _is_ignored(folder: str, name: str, rules: tuple[_Rules, ...]) -> bool:
    """Whether git ignores the name in the folder: the innermost rules that say something decide."""
    for rule in rules:
        said = rule.say(folder, name)
        if said is not None:
            return said
    return False


def _rules_in(folder: _Folder, marks: Collection[str]) -> tuple[_Rules, ...]:
    """The rules for what is in a folder with these marks. A repository inherits none from around it."""
    rules = _rules_of(folder.path, _exclude_file(folder.path)) if ".git" in marks else folder.rules
    if ".gitignore" in marks:
        rules = _rules_of(folder.path, f"{folder.path}.gitignore") + rules
    return rules


def _rules_above(directory: str, root: str) -> tuple[_Rules, ...]:
    """The rules that come down to `directory`, without its own; none if they ignore it or a folder above."""
    repository = next((folder for folder in _upward(directory) if _exists(folder, ".git")), root)
    base = os.path.join(repository, "")
    folder = _Folder(base, ())
    if not os.path.join(directory, "").startswith(base):
        return ()
    for name in directory[len(base) :].split(os.sep) if len(directory) > len(base) else ():
        rules = _rules_in(folder, [mark for mark in (".git", ".gitignore") if _exists(folder.path, mark)])
        if _is_ignored(folder.path, f"{name}/", rules):
            return ()
        folder = _Folder(f"{folder.path}{name}{os.sep}", rules)
    return folder.rules


def _rules_of(base: str, file: str) -> tuple[_Rules, ...]:
    """The rules of one ignore file; none where it cannot be read or has no pattern."""
    note(file)
    try:
        with open(file, "rb", buffering=0) as stream:
            text = os.fsdecode(stream.read().removeprefix(codecs.BOM_UTF8))
    except OSError:
        return ()
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip() and line[0] != "#"]
    return (_Rules(base, lines),) if lines else ()


def _exclude_file(repository: str) -> str:
    """Where the repository in this folder has its own exclusions.

    In a linked working tree or a submodule `.git` is a file that names the folder (gitrepository-layout).
    """
    git = os.path.join(repository, ".git")
    note_kind(git)
    if os.path.isfile(git):
        git = os.path.join(repository, _line_of(git).removeprefix("gitdir:").strip())
        git = os.path.join(git, _line_of(os.path.join(git, "commondir")))
    return os.path.join(git, "info", "exclude")


def _line_of(file: str) -> str:
    note(file)
    try:
        with open(file, "rb") as stream:
            return os.fsdecode(stream.readline()).strip()
    except OSError:
        return ""


def _exists(folder: str, name: str) -> bool:
    path = os.path.join(folder, name)
    note_kind(path)
    return os.path.exists(path)
