"""What a user chooses: the target version, the rules, the configured calls, the source folders."""

from __future__ import annotations

import os
from typing import Any

from flake8_orch47.records import Record, replace

__all__ = ["OPT_IN", "TARGET_VERSIONS", "Settings", "SettingsError", "load"]

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
    `src` are folders, relative to the project root, from which imports resolve (beside those found).
    """

    target_version: str = "auto"
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
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
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            values[known[key]] = tuple(value)
        else:
            raise SettingsError(f"{where}: `{key}` has to be a list of strings")
    return Settings(**values)
