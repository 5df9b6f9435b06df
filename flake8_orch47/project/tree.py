"""A project: its files, their bytes, and what an import finds among them."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress

from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.project import source
from flake8_orch47.project.discovery import walk
from flake8_orch47.project.inputs import note, note_kind
from flake8_orch47.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

__all__ = ["Found", "Project"]


class Found(Record):
    """What an import found: a module's file, or the folder of a namespace package (`is_namespace`)."""

    path: str
    is_namespace: bool = False


#: So many bytes of files are kept in memory; what is beyond is read again where it is needed again.
_KEPT_BYTES = 6_000_000


class Project:
    """The files that belong together.

    `root` is the project's folder; `linted` the files whose findings are wanted; `overlay` unsaved contents by
    path; `src` further folders, relative to the root, from which imports resolve. `whole` says that every file
    of the project is among `linted`: then nobody needs to look for them.
    """

    def __init__(
        self,
        root: str,
        linted: Iterable[str],
        overlay: Mapping[str, bytes] | None = None,
        src: Sequence[str] = (),
        whole: bool = False,
    ) -> None:
        self.root = root
        self.whole = whole
        self.linted = frozenset(linted)
        self.overlay = overlay or {}
        self.src = tuple(os.path.normpath(os.path.join(root, folder)) for folder in (".", "src", *src))
        self._kept: dict[str, bytes] = {}
        self._room = _KEPT_BYTES
        self._found: dict[tuple[str, str], Found | None] = {}
        self._folder_of: dict[str, str] = {}
        self._child: dict[tuple[Found, str], Found | None] = {}
        self._isfile: dict[str, bool] = {}
        self._isdir: dict[str, bool] = {}
        self._core_names: dict[str, str | None] = {}
        self._core_roots: dict[str, bool] = {}
        self._children: tuple[list[str], list[str]] | None = None
        self._files: tuple[str, ...] | None = None
        #: what a room above made of a file's bytes, with these bytes
        self.made: dict[str, tuple[bytes, Any]] = {}

    def again(self, overlay: Mapping[str, bytes]) -> Project:
        """The same project with other unsaved contents; what is on the disk is not looked at once more."""
        project = Project(self.root, self.linted, overlay, whole=self.whole)
        project.src = self.src
        project._kept = {path: data for path, data in self._kept.items() if path not in self.overlay}
        for name in ("_found", "_isfile", "_isdir", "_children", "_files", "made"):
            setattr(project, name, getattr(self, name))
        return project

    @property
    def files(self) -> tuple[str, ...]:
        """Every Python file of the project, the linted ones among them, in order."""
        if self._files is None:
            found = () if self.whole else walk(self.root, self.root)
            self._files = tuple(sorted({*found, *self.linted, *self.overlay}))
        return self._files

    def read(self, path: str) -> bytes:
        """The bytes of a file, unsaved ones first. Raises `source.SourceError`."""
        data = self.overlay.get(path)  # it may well be empty
        if data is None:
            data = self._kept.get(path)
        if data is None:
            note(path)
            data = source.read(path)
            if self._room >= len(data):  # a small project is read several times: for bytes, then for trees
                self._room -= len(data)
                self._kept[path] = data
        return data

    def contents(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Paths with their bytes; a file that cannot be read is left out (parsing it says why)."""
        for path in paths:
            try:
                yield path, self.read(path)
            except source.SourceError:
                continue

    # -- imports -------------------------------------------------------------------------------------------

    def find(self, name: str, importer: str) -> Found | None:
        """What `import name` in the file `importer` finds in the project; None if nothing does."""
        folder = self._folder_of.get(importer)
        if folder is None:
            folder = self._folder_of[importer] = os.path.dirname(importer)
        # A script does not mean itself: for one of that name it is another question than for those beside it.
        key = (name, importer if importer.endswith(f"{name.rpartition('.')[2]}.py") else folder)
        if key not in self._found:
            self._found[key] = self._find(name, importer)
        return self._found[key]

    def relative(self, name: str, level: int, importer: str) -> Found | None:
        """What `from ...name import` with `level` dots finds."""
        folder = os.path.dirname(importer)
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        return self._below(folder, name.split(".") if name else [])

    def child(self, parent: Found, name: str) -> Found | None:
        """The submodule `name` of a package."""
        key = (parent, name)
        if key not in self._child:
            folder, file = os.path.split(parent.path)
            if parent.is_namespace:
                folder, file = parent.path, "__init__.py"
            self._child[key] = self._below(folder, [name]) if file == "__init__.py" else None
        return self._child[key]

    def dotted_names(self, path: str) -> tuple[str, ...]:
        """The dotted names under which a module of the project can be imported, the longest first."""
        stem = os.path.splitext(path)[0]
        if os.path.basename(stem) == "__init__":
            stem = os.path.dirname(stem)
        names: dict[str, None] = {}
        bases = [self.root, *self.src]
        folder = os.path.dirname(path)
        while folder.startswith(self.root + os.sep):
            if not self._is_file(os.path.join(folder, "__init__.py")):
                bases.append(folder)
            folder = os.path.dirname(folder)
        for base in bases:
            if stem.startswith(base + os.sep):
                names[stem[len(base) + 1 :].replace(os.sep, ".")] = None
        return tuple(sorted(names, key=lambda name: (-len(name), name)))

    def owns(self, name: str, importer: str) -> bool:
        """Whether the top-level package of `name` is the project's own regular package or module.

        Then a submodule that is not there is an error, not somebody else's: `orchestrator/__init__.py` of a
        project hides the installed package of that name.
        """
        top = self.find(name.partition(".")[0], importer)
        return top is not None and not top.is_namespace and not self.is_shared(top)

    def is_shared(self, top: Found) -> bool:
        """Whether a package of the project may be named as the framework is and hide nothing of it.

        `surf/orchestrator/__init__.py` may be the package `surf.orchestrator` or, where `surf` is an application
        folder, `orchestrator`. What it does not have is the framework's.
        """
        folder = top.path if top.is_namespace else os.path.dirname(top.path)
        above = os.path.dirname(folder)
        return os.path.basename(folder) == "orchestrator" and (
            top.is_namespace or (above.startswith(self.root + os.sep) and above not in self.src)
        )

    def _find(self, name: str, importer: str) -> Found | None:
        parts = name.split(".")
        for base in self._bases(parts[0], importer):
            found = self._below(base, parts)
            # A script named as a library (`requests.py`) does not mean itself; a package may well.
            if found is not None and (found.path != importer or importer.endswith("__init__.py")):
                return found
        return None

    def _bases(self, top: str, importer: str) -> Iterator[str]:
        """The folders from which `import top` may resolve, nearest first."""
        folder = os.path.dirname(importer)
        inside = folder == self.root or folder.startswith(self.root + os.sep)
        seen = set()
        while inside and folder != self.root:
            if self._may_hold(folder, top):
                seen.add(folder)
                yield folder
            folder = os.path.dirname(folder)
        yield from self.src
        if not inside:
            yield folder
        if not _well_known(top):
            folders, packages = self._folders()
            candidates = [child for child in folders if child not in seen and self._starts_from(child, top)]
            if len(candidates) == 1:
                yield candidates[0]
            # An application folder may have an `__init__.py` and still be where the application starts.
            starts = [child for child in packages if self._below(child, [top]) is not None and not _is_library(top)]
            own = [child for child in starts if importer.startswith(child + os.sep)]
            if len(own or starts) == 1:
                yield (own or starts)[0]

    def _may_hold(self, folder: str, top: str) -> bool:
        """Whether a folder inside the project may be one from which `top` is imported.

        One that is no package may be the application's. But what everybody knows by the name is more likely
        meant than a file that happens to have it.
        """
        if folder in self.src or self._is_file(os.path.join(folder, "__init__.py")):
            return False
        return not _well_known(top) or self._is_file(os.path.join(folder, top, "__init__.py")) or top == "orchestrator"

    def _starts_from(self, folder: str, top: str) -> bool:
        """Whether `top` may be imported from a folder by modules outside of it.

        A folder of the framework's name among the tests or the documentation is not what the application imports.
        """
        if top == "orchestrator" and (
            os.path.basename(folder) in _BESIDE or not self._is_file(os.path.join(folder, top, "__init__.py"))
        ):
            return False
        return self._below(folder, [top]) is not None

    def _folders(self) -> tuple[list[str], list[str]]:
        """The folders right below the root that may be application folders: no packages, and packages."""
        if self._children is None:
            self._children = [], []
            note(self.root)
            with suppress(OSError), os.scandir(self.root) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    if entry.name.startswith(".") or not entry.is_dir(follow_symlinks=False):
                        continue
                    if self._is_file(os.path.join(entry.path, "__init__.py")):
                        self._children[1].append(entry.path)
                    elif not self._is_file(os.path.join(entry.path, "pyvenv.cfg")):
                        self._children[0].append(entry.path)
        return self._children

    def _below(self, base: str, parts: list[str]) -> Found | None:
        folder = base
        for index, part in enumerate(parts):
            folder = os.path.join(folder, part)
            if index == len(parts) - 1 and not self._is_file(os.path.join(folder, "__init__.py")):
                file = folder + ".py"
                if self._is_file(file):
                    return Found(file)
            if not self._is_dir(folder):
                return None
        init = os.path.join(folder, "__init__.py")
        is_package = self._is_file(init) and not self._declares_namespace(init, parts)
        return Found(init) if is_package else Found(folder, is_namespace=True)

    def _declares_namespace(self, init: str, parts: list[str]) -> bool:
        """Whether the project's part of `orchestrator` says that there are others, as before namespace packages."""
        if parts != ["orchestrator"]:
            return False
        try:
            return _DECLARED.search(self.read(init)) is not None
        except source.SourceError:
            return False

    def _is_file(self, path: str) -> bool:
        known = self._isfile.get(path)
        if known is None:
            note_kind(path)
            known = self._isfile[path] = path in self.overlay or path in self.linted or os.path.isfile(path)
        return known

    def _is_dir(self, path: str) -> bool:
        known = self._isdir.get(path)
        if known is None:
            note_kind(path)
            known = self._isdir[path] = os.path.isdir(path)
        return known

    # -- orchestrator-core's own tree ----------------------------------------------------------------------

    def core_module(self, path: str) -> str | None:
        """The canonical name of a module of orchestrator-core, if `path` lies in its own source tree."""
        if path not in self._core_names:
            self._core_names[path] = self._core_name(path)
        return self._core_names[path]

    def _core_name(self, path: str) -> str | None:
        if "orchestrator" not in path:
            return None
        folder, parts = path, list[str]()
        while (parent := os.path.dirname(folder)) != folder:
            name = os.path.basename(folder)
            if name == "orchestrator" and self._is_core(folder):
                names = [part.removesuffix(".py") for part in reversed(parts)]
                if names and names[-1] == "__init__":
                    names.pop()
                return core.canonical(".".join(["orchestrator", *names]))
            parts.append(name)
            folder = parent
        return None

    def _is_core(self, folder: str) -> bool:
        if folder not in self._core_roots:
            self._core_roots[folder] = any(
                all(
                    self._is_file(os.path.join(folder, *prefix, *marker.split("/")))
                    for marker in core.CORE_TREE_MARKERS
                )
                for prefix in ((), ("core",))
            )
        return self._core_roots[folder]


#: Folders beside the application.
_BESIDE = frozenset({"doc", "docs", "examples", "test", "tests"})
_DECLARED = re.compile(rb"\bextend_path\s*\(\s*__path__|\bdeclare_namespace\s*\(")
#: What an import of these names means is known to everybody; see `_bases`.
_LIBRARIES = frozenset(
    "aiohttp anyio apscheduler boto3 django fastapi flask httpx jwt ldap3 netmiko oauth2_lib paramiko psycopg psycopg2"
    " pydantic pydantic_forms pymysql pynetbox redis requests sqlalchemy starlette structlog typer urllib3".split()
)


def _is_library(name: str) -> bool:
    """Whether the tables of libraries know a top-level package of that name."""
    from flake8_orch47.knowledge import libraries  # its import is dearer than what else is done here

    return name in libraries.packages()


def _well_known(name: str) -> bool:
    return name in _LIBRARIES or name in sys.stdlib_module_names
