"""What a user chooses: the target version, the rules, the configured calls, the source folders."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from flake8_orch47.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["OPT_IN", "TARGET_VERSIONS", "Settings", "SettingsError", "file_entries", "load", "path_and_codes"]

#: What `target-version` may be. `auto` is what the project requires, at least 4.7.
TARGET_VERSIONS = ("auto", "4.7", "4.8", "5.0", "5.5")

#: Rules that are off unless they are selected by name or prefix.
OPT_IN = frozenset({"ORC204"})

TABLE = "flake8-orch47"


class SettingsError(Exception):
    """A setting that cannot be used. The message names the file or option and what would be right."""


class Settings(Record):
    """The choices for one project.

    `select` is None where nobody chose: then every rule runs that is not opt-in. Codes may be prefixes.
    `per_file_ignores` are patterns of paths with the codes that are ignored there, `tests/*:ORC201,ORC3`.
    `src` are folders, relative to the project root, from which imports resolve (beside those found).
    """

    target_version: str = "auto"
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[str, ...] = ()
    blocking_calls: tuple[str, ...] = ()
    non_blocking_calls: tuple[str, ...] = ()
    src: tuple[str, ...] = ()

    def selects(self, code: str) -> bool:
        """Whether findings of `code` are wanted. The longest matching prefix wins, `ignore` on a tie."""
        chosen = max(
            (len(prefix) for prefix in (*(self.select or ()), *self.extend_select) if code.startswith(prefix)),
            default=0,
        )
        if not chosen and self.select is None and code not in OPT_IN:
            chosen = 1
        ignored = max((len(prefix) for prefix in self.ignore if code.startswith(prefix)), default=0)
        return chosen > ignored

    def wants(self, code: str, path: str, root: str) -> bool:
        """Whether findings of `code` are wanted in the file at `path` of the project at `root`."""
        if not self.selects(code):
            return False
        return not (self.per_file_ignores and self.ignores(os.path.relpath(path, root), code))

    def ignores(self, path: str, code: str) -> bool:
        """Whether findings of `code` are ignored in the file at `path`, which is relative to the project root.

        A pattern matches the path or its last part, as ruff and flake8 do it; with `!` before it every other file.
        """
        path = path.replace(os.sep, "/")
        for entry in self.per_file_ignores:
            pattern, codes = path_and_codes(entry)
            negated = pattern.startswith("!")
            pattern = pattern.removeprefix("!").removeprefix("./")
            if pattern.endswith("/"):
                pattern += "*"
            matches = fnmatchcase(path, pattern) or fnmatchcase(path.rpartition("/")[2], pattern)
            if matches is not negated and code.startswith(codes):
                return True
        return False


def file_entries(text: str) -> tuple[str, ...]:
    """The entries of `a.py:ORC201,ORC3,b.py:ORC105`: ruff and flake8 take commas between them too."""
    entries: list[str] = []
    for part in text.strip().strip(",").split(","):
        if ":" in part or not entries:
            entries.append(part)
        else:
            entries[-1] += f",{part}"
    return tuple(entries)


def path_and_codes(entry: str) -> tuple[str, tuple[str, ...]]:
    """The pattern and the codes of an entry of `per_file_ignores`. Raises ValueError where one is missing."""
    pattern, _, codes = entry.rpartition(":")
    chosen = tuple(code.strip() for code in codes.split(",") if code.strip())
    if not pattern.strip() or not chosen:
        raise ValueError(f"`{entry}` has to be a pattern and codes, as in `tests/*:ORC201,ORC3`")
    return pattern.strip(), chosen


def load(root: str, **overrides: Any) -> Settings:
    """The settings of the project at `root`: its `[tool.flake8-orch47]`, then `overrides` that are not None.

    Raises SettingsError for a table that cannot be read, an unknown key or a wrong value.
    """
    settings = _parse(_table(os.path.join(root, "pyproject.toml")), f"{root}/pyproject.toml")
    given = {key: value for key, value in overrides.items() if value is not None}
    return replace(settings, **given)


def _table(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb", buffering=0) as file:
            data = file.read()
        if TABLE.encode() not in data:  # its name cannot be written otherwise: in a bare key nothing is escaped
            return {}
        import tomllib  # only where there is something to read

        document = tomllib.loads(data.decode())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from error
    tool = document.get("tool", {})
    table = tool.get(TABLE, {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: [tool.{TABLE}] has to be a table")
    return table


def _parse(table: dict[str, Any], where: str) -> Settings:
    known = {name.replace("_", "-"): name for name in Settings.__match_args__}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise SettingsError(f"{where}: unknown setting `{key}` (known: {', '.join(sorted(known))})")
        if key == "target-version":
            if value not in TARGET_VERSIONS:
                raise SettingsError(f"{where}: `{key}` has to be one of {', '.join(TARGET_VERSIONS)}")
            values[known[key]] = value
        elif key == "per-file-ignores" and isinstance(value, dict):
            values[known[key]] = tuple(_entries(value, where))
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            values[known[key]] = tuple(value)
            if key == "per-file-ignores":
                values[known[key]] = tuple(entry for item in value for entry in file_entries(item))
        else:
            raise SettingsError(f"{where}: `{key}` has to be a list of strings")
    return Settings(**values)


def _entries(table: dict[str, Any], where: str) -> Iterator[str]:
    """The entries of `per-file-ignores` as a table: `"tests/*" = ["ORC201"]`, which is ruff's way to write it."""
    for pattern, codes in table.items():
        if not isinstance(codes, list) or not codes or not all(isinstance(code, str) for code in codes):
            raise SettingsError(f"{where}: `per-file-ignores`: `{pattern}` needs a list of codes")
        yield f"{pattern}:{','.join(codes)}"
