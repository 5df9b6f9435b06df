"""What the project requires of orchestrator-core, and what that means for its target version.

Every statement is read from files as they lie there: nothing is installed, resolved or executed. A file
that cannot be read or parsed states nothing.
"""

from __future__ import annotations

import ast
import os
import re
from functools import cache, lru_cache

from flake8_orch47.project.inputs import note
from flake8_orch47.project.source import SourceError, parse
from flake8_orch47.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from packaging.version import Version

__all__ = ["Requirement", "at_least", "below_47", "is_from_47", "requirement_files", "requirements", "unread"]

#: The releases that exist, up to 5.5, as (major, minor). `at_least` prefers them to invented ones.
_RELEASED = (
    *((4, minor) for minor in range(9)),
    *((5, minor) for minor in range(6)),
)
_FIRST = (4, 7)

# The other patterns are compiled by their first use: most projects need none of them.
_NAME = re.compile(r"(?<![-_/a-z0-9])orchestrator[-_.]+core(?![-_.]*[a-z0-9])", re.IGNORECASE | re.ASCII)


class Requirement(Record):
    """One statement about orchestrator-core.

    `specifier` is a version specifier (PEP 440), empty for any version; `||` stands between alternatives,
    as in Poetry. `path` and `row` (1-based) are where it stands.
    """

    specifier: str
    path: str
    row: int


def requirements(root: str) -> tuple[Requirement, ...]:
    """Every requirement of orchestrator-core that the project at `root` states, `pyproject.toml` first.

    Without what is unknown (URLs, paths), and without what no Python from 3.11 on would install. The
    framework's own repository requires nothing of itself.
    """
    if any(_is_own(name) for name in _own_names(root)):
        return ()
    found = (
        *_pyproject(os.path.join(root, "pyproject.toml")),
        *_setup_cfg(os.path.join(root, "setup.cfg")),
        *_setup_py(os.path.join(root, "setup.py")),
        *_requirement_files(requirement_files(root), set()),
        *(lock for name in _LOCKS for lock in _locked(os.path.join(root, name))),
        *_pipfile(os.path.join(root, "Pipfile"), _toml),
        *_pipfile(os.path.join(root, "Pipfile.lock"), _json),
    )
    return tuple(dict.fromkeys(found))


def unread(root: str) -> str:
    """What keeps the requirements of the project at `root` from being known, in words; empty if nothing does.

    A file names orchestrator-core and cannot be parsed, or states a version that cannot be read. Whoever must not guess
    asks this: for all others such a statement is none.
    """
    for name, is_readable in (
        ("pyproject.toml", lambda text: bool(_document(text, _toml))),
        ("setup.cfg", _is_ini),
        ("setup.py", lambda text: _parsed(text) is not None),
        ("Pipfile", lambda text: bool(_document(text, _toml))),
    ):
        text = _text(os.path.join(root, name))
        if _NAME.search(text) and not is_readable(text):
            return f"`{name}` names orchestrator-core and cannot be parsed"
    document = _document(_text(os.path.join(root, "pyproject.toml")), _toml)
    stated = [
        ("pyproject.toml", text)
        for texts in (
            _at(document, "project", "dependencies"),
            *_tables(_at(document, "project", "optional-dependencies")),
            *_tables(_at(document, "dependency-groups")),
        )
        for text in _strings(texts)
    ]
    for path in requirement_files(root):
        lines = (re.split(r"\s--?[a-z]", line)[0] for _, line in _logical_lines(_text(path)))
        stated += [(os.path.relpath(path, root).replace(os.sep, "/"), line) for line in lines]
    for name, text in stated:
        if _NAME.match(text.strip()) and not _is_requirement(text):
            return f"`{name}` requires `{text.strip()}`, and what versions that admits cannot be read"
    return ""


def _is_requirement(text: str) -> bool:
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    try:
        Parsed(text.strip())
    except InvalidRequirement:
        return False
    return True


def _is_ini(text: str) -> bool:
    from configparser import Error, RawConfigParser

    try:
        RawConfigParser().read_string(text)
    except Error:
        return False
    return True


def below_47(requirements: Iterable[Requirement]) -> Requirement | None:
    """The strictest requirement, if it holds orchestrator-core below 4.7; pre-releases of 4.7 are 4.7.

    One that admits no version at all says nothing.
    """
    highest = {requirement: max(_admitted(requirement), default=None) for requirement in requirements}
    below = {
        requirement: version
        for requirement, version in highest.items()
        if version is not None and _minor(version) < _FIRST
    }
    return min(below, key=lambda requirement: below[requirement], default=None)


def is_from_47(requirements: Iterable[Requirement]) -> bool:
    """Whether one of the requirements admits 4.7 or later only."""
    admitted = [_admitted(requirement) for requirement in requirements]
    return any(versions and min(map(_minor, versions)) >= _FIRST for versions in admitted)


def at_least(requirements: Iterable[Requirement]) -> tuple[int, int] | None:
    """The lowest minor release from 4.7 on that all requirements admit; None where nothing is stated.

    A minor release that exists is preferred (`>=4.9` is 5.0). Requirements that agree on nothing from 4.7 on
    give 4.7.
    """
    stated = [requirement for requirement in requirements if _admitted(requirement)]
    if not stated:
        return None
    candidates = _candidates(*(requirement.specifier for requirement in stated))
    minors = {
        _minor(version)
        for version in candidates
        if _minor(version) >= _FIRST and all(_admits(one.specifier, version) for one in stated)
    }
    return min(minors.intersection(_RELEASED) or minors, default=_FIRST)


# Versions


def _minor(version: Version) -> tuple[int, int]:
    return version.major, version.minor


def _admitted(requirement: Requirement) -> list[Version]:
    """Those of the versions to try that the requirement admits; none if it cannot be read."""
    specifier = requirement.specifier
    return [version for version in _candidates(specifier) if _admits(specifier, version)]


def _admits(specifier: str, version: Version) -> bool:
    return any(part.contains(version, prereleases=True) for part in _alternatives(specifier))


@cache
def _alternatives(specifier: str) -> tuple[Any, ...]:
    """The specifier sets between `||`, without those that are none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    sets = []
    for part in specifier.split("||"):
        try:
            sets.append(SpecifierSet(part))
        except InvalidSpecifier:
            continue
    return tuple(sets)


def _candidates(*specifiers: str) -> set[Version]:
    """The versions to try: a first and a late one of every minor release, and those around each bound.

    Between two neighbouring bounds a specifier answers alike for all versions, so these are enough.
    """
    from packaging.version import InvalidVersion, Version

    minors = [
        (0, 99),
        (1, 99),
        (2, 99),
        (3, 99),
        *((major, minor) for major in (4, 5) for minor in range(12)),
    ]
    minors += [(4, 99), (5, 99), (6, 0)]
    texts = {f"{major}.{minor}.{micro}" for major, minor in minors for micro in (0, 99)}
    texts |= {f"{major}.{minor}.0{stage}1" for major, minor in _RELEASED for stage in ("a", "b", "rc")}
    for bound in re.findall(r"\d[^\s,|]*", " ".join(specifiers)):
        texts.add(bound)
        major, minor, micro, *_ = (*map(int, re.findall(r"\d+", re.split(r"[^\d.]", bound)[0])), 0, 0, 0)
        texts |= {f"{major}.{minor}.{near}" for near in (max(micro - 1, 0), micro, micro + 1, 99)}
        texts |= {f"{major}.{minor + 1}.0", f"{major + 1}.0.0"}
    versions = set()
    for text in texts:
        try:
            versions.add(Version(text))
        except InvalidVersion:  # `4.6.*`
            continue
    return versions


# One requirement


#: A name, extras and versions; without a marker, a URL or parentheses.
_USUAL = r"[\w.-]+\s*(?:\[[\w\s,.-]*\])?\s*((?:(?:[<>~!=]=|[<>])\s*[\w.*+!-]+\s*(?:,\s*|$))*)"


def _pep508(text: str) -> str | None:
    """The specifier of a requirement such as `orchestrator-core[x]>=4.6; python_version > "3"`.

    None for another project's, for a URL, for what cannot be read and where no Python from 3.11 on counts.
    """
    if not _NAME.match(text.strip()):
        return None
    if (usual := re.fullmatch(_USUAL, text.strip())) is not None:  # most are: it takes less than half of the library
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        try:
            return str(SpecifierSet(usual[1]))
        except InvalidSpecifier:
            return None
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    try:
        parsed = Parsed(text.strip())
    except InvalidRequirement:
        return None
    if parsed.url or (parsed.marker and not _can_hold(str(parsed.marker))):
        return None
    return str(parsed.specifier)


def _is_own(name: object) -> bool:
    return isinstance(name, str) and bool(_NAME.fullmatch(name.strip()))


_OPERAND = r"""("[^"]*"|'[^']*'|[\w.]+)"""
_COMPARISON = rf"{_OPERAND}\s*(not\s+in|in|[<>=!~]=?=?)\s*{_OPERAND}"


def _can_hold(marker: str) -> bool:
    """Whether an environment marker can hold for some Python from 3.11 on, on some machine.

    Markers know no `not`: with every comparison that is not about Python's version taken as true, the
    marker is false only where it can never hold.
    """
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison

    about_python = re.sub(_COMPARISON, _keep_python, marker)
    try:
        parsed = Marker(about_python)
        return any(
            parsed.evaluate({"python_version": ".".join(full.split(".")[:2]), "python_full_version": full})
            for full in _pythons(marker)
        )
    except (InvalidMarker, UndefinedComparison):
        return True


def _keep_python(comparison: re.Match[str]) -> str:
    names = {comparison[1], comparison[3]}
    return comparison[0] if names & {"python_version", "python_full_version"} else 'python_version >= "3"'


def _pythons(text: str) -> list[str]:
    """The Python versions to try: 3.11 and later, and those that the text names."""
    named = (f"{version}.0.0".split(".")[:3] for version in re.findall(r"\d+(?:\.\d+)*", text))
    tried = {f"3.{minor}.{micro}" for minor in range(11, 21) for micro in (0, 99)}
    tried |= {".".join(parts) for parts in named}
    return [full for full in tried if tuple(map(int, full.split("."))) >= (3, 11)]


# Poetry's constraints


_CONSTRAINT = r"(\^|~=|~|===?|!=|<=|>=|<|>|=)?\s*v?(\d[^\s,|]*|\*)"


def _poetry(constraint: object) -> Iterator[str]:
    """The specifiers of a dependency in Poetry's or Pipenv's form: a string, a table or a list of tables."""
    if isinstance(constraint, list):
        for one in constraint:
            yield from _poetry(one)
    elif isinstance(constraint, str):
        yield _from_poetry(constraint)
    elif isinstance(constraint, dict) and _counts(constraint) and isinstance(constraint.get("version"), str):
        yield _from_poetry(constraint["version"])


def _counts(table: dict[str, Any]) -> bool:
    """Whether a table's `python` and `markers` leave a Python from 3.11 on."""
    python, markers = table.get("python"), table.get("markers")
    if isinstance(markers, str) and not _can_hold(markers):
        return False
    if not isinstance(python, str):
        return True
    from packaging.version import Version

    specifier = _from_poetry(python)
    return any(_admits(specifier, Version(full)) for full in _pythons(python))


def _from_poetry(constraint: str) -> str:
    """A specifier with the meaning of Poetry's constraint: `^4.6` is `>=4.6,<5`."""
    alternatives = (
        ",".join(filter(None, (_simple(*parts) for parts in re.findall(_CONSTRAINT, alternative, re.IGNORECASE))))
        for alternative in re.split(r"\|\|?", constraint)
    )
    return "||".join(alternatives)


def _simple(operator: str, version: str) -> str:
    if version == "*":
        return ""
    version = re.sub(r"(\.[x*])+$", ".*", version, flags=re.IGNORECASE)
    if operator in {"^", "~"}:
        return f">={version.removesuffix('.*')},<{_upper(operator, version)}"
    if operator in {"", "="}:
        return f"=={version}"
    return f"{operator}{version if operator in {'==', '!='} else version.removesuffix('.*')}"


def _upper(operator: str, version: str) -> str:
    """What the range ends before: for `^` the next first number that is not 0, for `~` the next minor."""
    numbers = [int(number) for number in re.findall(r"\d+", re.split(r"[^\d.]", version)[0])]
    if operator == "~":
        last = min(1, len(numbers) - 1)
    else:
        last = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    return ".".join(map(str, (*numbers[:last], numbers[last] + 1)))


# Files


def _json(text: str) -> Any:
    import json  # only where there is something to read

    return json.loads(text)


def _toml(text: str) -> dict[str, Any]:
    import tomllib  # only where there is something to read

    return tomllib.loads(text)


def _text(path: str) -> str:
    """A file's text, empty where there is none. PowerShell's `>` writes UTF-16."""
    note(path)
    try:
        with open(path, "rb", buffering=0) as file:
            data = file.read()
    except OSError:
        return ""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if utf16 else "utf-8-sig", "replace")


@lru_cache(4)
def _document(text: str, loads: Callable[[str], Any]) -> dict[str, Any]:
    try:
        document = loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _at(document: Any, *keys: str) -> Any:
    """What stands at `keys` in nested tables, None where they end."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _tables(table: Any) -> list[Any]:
    return list(table.values()) if isinstance(table, dict) else []


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


class _Rows:
    """The rows of a file that name orchestrator-core, given out as its statements are found.

    No parser of the standard library tells rows: a statement is where its text stands, once each, otherwise
    where the name stands first.
    """

    def __init__(self, text: str) -> None:
        self._lines = [
            (row, line)
            for row, line in enumerate(text.split("\n"), 1)
            if _NAME.search(line) and not line.lstrip().startswith(("#", ";"))
        ]
        self._free = list(self._lines)

    def of(self, statement: str) -> int:
        for place in self._free:
            if statement in place[1]:
                self._free.remove(place)
                return place[0]
        return self._lines[0][0] if self._lines else 1


def _listed(path: str, rows: _Rows, texts: Iterable[str]) -> Iterator[Requirement]:
    """The requirements among PEP 508 texts that stand in one file."""
    for text in texts:
        specifier = _pep508(text)
        if specifier is not None:
            yield Requirement(specifier, path, rows.of(text))


def _tabled(path: str, rows: _Rows, table: Any) -> Iterator[Requirement]:
    """The requirements in a table of names and constraints, Poetry's or Pipenv's."""
    for name, constraint in table.items() if isinstance(table, dict) else ():
        if _is_own(name):
            for specifier in _poetry(constraint):
                yield Requirement(specifier, path, rows.of(constraint if isinstance(constraint, str) else name))


def _own_names(root: str) -> Iterator[object]:
    """What the project itself is called, wherever it says so."""
    text = _text(os.path.join(root, "pyproject.toml"))
    document = _document(text, _toml) if _NAME.search(text) else {}
    yield _at(document, "project", "name")
    yield _at(document, "tool", "poetry", "name")
    yield _at(_ini(os.path.join(root, "setup.cfg")), "metadata", "name")
    for value in _setup_arguments(os.path.join(root, "setup.py"), {"name"}):
        yield value.value


def _pyproject(path: str) -> Iterator[Requirement]:
    text = _text(path)
    if not _NAME.search(text) and "tool.setuptools" not in text:
        return
    document = _document(text, _toml)
    tool = _at(document, "tool")
    rows = _Rows(text)
    if _NAME.search(text):
        lists = [
            _at(document, "project", "dependencies"),
            *_tables(_at(document, "project", "optional-dependencies")),
            *_tables(_at(document, "dependency-groups")),  # a group that is included is a group of its own
            *(_at(tool, "uv", f"{kind}-dependencies") for kind in ("constraint", "override", "dev")),
            *_tables(_at(tool, "pdm", "dev-dependencies")),
            *(
                _at(environment, key)
                for environment in _tables(_at(tool, "hatch", "envs"))
                for key in ("dependencies", "extra-dependencies")
            ),
        ]
        for texts in lists:
            yield from _listed(path, rows, _strings(texts))
        yield from _tabled(path, rows, _at(tool, "poetry", "dependencies"))
        yield from _tabled(path, rows, _at(tool, "poetry", "dev-dependencies"))
        for group in _tables(_at(tool, "poetry", "group")):
            yield from _tabled(path, rows, _at(group, "dependencies"))
    yield from _requirement_files(_dynamic_files(path, _at(tool, "setuptools", "dynamic")), set())


def _dynamic_files(path: str, dynamic: Any) -> list[str]:
    """The requirement files that setuptools reads dependencies from (`dependencies = {file = [...]}`)."""
    tables = [_at(dynamic, "dependencies"), *_tables(_at(dynamic, "optional-dependencies"))]
    files = [_at(table, "file") for table in tables]
    names = [name for file in files for name in ([file] if isinstance(file, str) else _strings(file))]
    return [os.path.join(os.path.dirname(path), name) for name in names]


# setup.cfg and setup.py


def _ini(path: str) -> dict[str, dict[str, str]]:
    text = _text(path)
    if not _NAME.search(text) and "file:" not in text:
        return {}
    from configparser import Error, RawConfigParser

    parser = RawConfigParser()
    try:
        parser.read_string(text)
    except Error:
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _setup_cfg(path: str) -> Iterator[Requirement]:
    sections = _ini(path)
    rows = _Rows(_text(path))
    options = sections.get("options", {})
    for value in (
        *(options.get(key, "") for key in ("install_requires", "install-requires", "tests_require")),
        *sections.get("options.extras_require", {}).values(),
    ):
        if value.startswith("file:"):
            names = value.removeprefix("file:").replace("\n", ",").split(",")
            files = [os.path.join(os.path.dirname(path), name.strip()) for name in names if name.strip()]
            yield from _requirement_files(files, set())
        else:
            # On one line `;` stands between requirements, on several before a marker, as in setuptools.
            texts = value.split("\n") if "\n" in value else value.split(";")
            yield from _listed(path, rows, (re.sub(r"(^|\s+)#.*", "", text).strip() for text in texts))


def _setup_py(path: str) -> Iterator[Requirement]:
    keywords = {"install_requires", "extras_require", "tests_require"}
    for constant in _setup_arguments(path, keywords):
        for offset, text in enumerate(str(constant.value).split("\n")):
            specifier = _pep508(text)
            if specifier is not None:
                yield Requirement(specifier, path, constant.lineno + offset)


def _setup_arguments(path: str, keywords: set[str]) -> Iterator[ast.Constant]:
    """The literal strings among these arguments of `setup(...)`, through the module's own names."""
    text = _text(path)
    tree = _parsed(text) if _NAME.search(text) else None
    if tree is None:
        return
    assigned: dict[str, list[ast.expr]] = {}
    for statement in tree.body:
        for name, value in _assignment(statement):
            assigned.setdefault(name, []).append(value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"setup", "setuptools.setup"}:
            for keyword in node.keywords:
                if keyword.arg in keywords:
                    yield from _literals(keyword.value, assigned, frozenset())


def _parsed(text: str) -> ast.Module | None:
    try:
        return parse(text.encode(), "setup.py")
    except SourceError:
        return None


def _assignment(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        targets = [statement.target]
    value = getattr(statement, "value", None)
    for target in targets:
        if isinstance(target, ast.Name) and value is not None:
            yield target.id, value


def _literals(value: ast.expr, assigned: dict[str, list[ast.expr]], seen: frozenset[str]) -> Iterator[ast.Constant]:
    inside: list[ast.expr] = []
    match value:
        case ast.Constant(value=str()):
            yield value
        case ast.List() | ast.Tuple() | ast.Set():
            inside = value.elts
        case ast.Dict():
            inside = value.values
        case ast.Starred():
            inside = [value.value]
        case ast.BinOp(op=ast.Add() | ast.BitOr()):
            inside = [value.left, value.right]
        case ast.Subscript(value=ast.Name()):  # EXTRAS["x"]: more than is meant, never less
            inside = [value.value]
        case ast.Name() if value.id not in seen:
            inside = assigned.get(value.id, [])
            seen |= {value.id}
    for part in inside:
        yield from _literals(part, assigned, seen)


# requirements*.txt


def requirement_files(root: str) -> list[str]:
    """`requirements*.txt` in the root and every `.txt` in its `requirements` folder, in order."""
    folder = os.path.join(root, "requirements")
    names = [name for name in _names(root) if name.startswith("requirements") and name.endswith(".txt")]
    nested = [name for name in _names(folder) if name.endswith(".txt")]
    return [os.path.join(root, name) for name in names] + [os.path.join(folder, name) for name in nested]


def _names(folder: str) -> list[str]:
    note(folder)
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


_INCLUDE = r"(?:-r|-c|--requirements?|--constraints?)(?:\s*=\s*|\s+|(?<=-[rc]))(.+)"


def _requirement_files(paths: Iterable[str], seen: set[str]) -> Iterator[Requirement]:
    """The requirements in pip's files and in those that they include, each file once."""
    waiting = list(paths)[::-1]
    while waiting:
        path = os.path.normpath(waiting.pop())
        if path in seen:
            continue
        seen.add(path)
        for row, line in _logical_lines(_text(path)):
            include = re.match(_INCLUDE, line)
            if include:
                waiting.append(os.path.join(os.path.dirname(path), include[1].strip("\"'")))
                continue
            specifier = _pep508(re.split(r"\s--?[a-z]", line)[0])
            if specifier is not None:
                yield Requirement(specifier, path, row)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines as pip joins them (a final backslash), without comments, with the row each begins in."""
    joined, first = "", 1
    for row, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        first = first if joined else row
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment:
            joined += line[:-1]
            continue
        yield first, re.sub(r"(^|\s+)#.*", "", joined if comment else joined + line).strip()
        joined = ""
    yield first, joined.strip()


# Lock files


#: Lock files that are TOML with a list of packages; PEP 751 calls it `packages`.
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")

_PACKAGE = r"^\[\[packages?\]\]"


def _locked(path: str) -> Iterator[Requirement]:
    """The exact version in a lock file. Only the package's own part is parsed: such files are long."""
    text = _text(path)
    if not _NAME.search(text):
        return
    starts = [match.start() for match in re.finditer(_PACKAGE, text, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        block = text[start:end]
        if not _NAME.search(block[:200]):
            continue
        for package in _tables(_document(block, _toml)):
            for entry in package if isinstance(package, list) else ():
                version = _at(entry, "version")
                if _is_own(_at(entry, "name")) and isinstance(version, str) and _is_installed(entry):
                    named = next(_NAME.finditer(text, start)).start()
                    yield Requirement(f"=={version}", path, text.count("\n", 0, named) + 1)


def _is_installed(entry: dict[str, Any]) -> bool:
    """Whether a locked package is meant for some Python from 3.11 on (uv's, Poetry's and PDM's keys)."""
    forks = _strings(entry.get("resolution-markers"))
    markers = [entry[key] for key in ("markers", "marker") if isinstance(entry.get(key), str)]
    return all(map(_can_hold, markers)) and (not forks or any(map(_can_hold, forks)))


def _pipfile(path: str, loads: Callable[[str], Any]) -> Iterator[Requirement]:
    """Pipenv's files: every table of theirs may be a category of packages."""
    text = _text(path)
    if _NAME.search(text):
        rows = _Rows(text)
        for table in _tables(_document(text, loads)):
            yield from _tabled(path, rows, table)
