"""Two verbs for tests of fixes: a program `becomes` another one, or stays as it is for a reason."""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING, NamedTuple

from flake8_orch47.fixes.repair import Outcome, repair, told
from flake8_orch47.settings import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from flake8_orch47.settings import Settings

__all__ = ["REQUIRES_46", "REQUIRES_47", "Repaired", "becomes", "refused", "repaired", "stays"]

REQUIRES_47 = '[project]\nname = "app"\nversion = "1"\ndependencies = ["orchestrator-core>=4.7"]\n'
REQUIRES_46 = '[project]\nname = "app"\nversion = "1"\ndependencies = ["orchestrator-core>=4.6,<4.7"]\n'


class Repaired(NamedTuple):
    """What a repair came to: the files afterwards, and what was said about the findings that are left."""

    files: dict[str, str]
    outcome: Outcome

    @property
    def reasons(self) -> list[str]:
        """Why what is left cannot be fixed, in the order of the findings."""
        return [reason for _, reason in sorted(self.outcome.refused.items())]

    @property
    def left(self) -> list[str]:
        """What further options would do, and why they are needed."""
        return [told(planned) for _, planned in sorted(self.outcome.left.items())]


def written(folder: Path, sources: str | Mapping[str, str], pyproject: str = REQUIRES_47) -> dict[str, Path]:
    """Puts a program into a folder; a single file is `app.py`."""
    files = {"app.py": sources} if isinstance(sources, str) else sources
    (folder / "pyproject.toml").write_text(pyproject)
    paths = {}
    for name, source in files.items():
        paths[name] = folder / name
        paths[name].parent.mkdir(parents=True, exist_ok=True)
        paths[name].write_text(dedented(source), encoding="utf-8")
    return paths


def dedented(source: str) -> str:
    """A program as it stands in a test, without what it is indented by there."""
    return textwrap.dedent(source).lstrip("\n")


def repaired(
    folder: Path,
    sources: str | Mapping[str, str],
    *,
    codes: Sequence[str] = ("ORC1", "ORC2"),
    unsafe: bool = True,
    given: Sequence[str] | None = None,
    pyproject: str = REQUIRES_47,
    target: str | None = None,
) -> Repaired:
    """Repairs a program: only the files `given`, if not all of them. What comes out always parses, and stays."""
    paths = written(folder, sources, pyproject)
    chosen = [str(paths[name]) for name in (given or paths)]

    def configure(root: str) -> Settings:
        return load(root, select=tuple(codes), target_version=target)

    outcome = repair(chosen, configure, unsafe=unsafe, target_given=target is not None)
    for path, changed in outcome.changed.items():
        ast.parse(changed.after)
        with open(path, "wb") as file:
            file.write(changed.after)
    again = repair(chosen, configure, unsafe=unsafe, target_given=target is not None)
    assert again.changed == {}, "a second run changes something"
    return Repaired({name: path.read_text(encoding="utf-8") for name, path in paths.items()}, outcome)


def becomes(
    folder: Path,
    before: str | Mapping[str, str],
    after: str | Mapping[str, str],
    *,
    codes: Sequence[str] = ("ORC1", "ORC2"),
    unsafe: bool = True,
    target: str | None = None,
    pyproject: str = REQUIRES_47,
) -> Repaired:
    """A program becomes another one; files that are not named in `after` stay as they are."""
    done = repaired(folder, before, codes=codes, unsafe=unsafe, target=target, pyproject=pyproject)
    old = {"app.py": before} if isinstance(before, str) else before
    new = {"app.py": after} if isinstance(after, str) else after
    for name, source in {**old, **new}.items():
        assert done.files[name] == dedented(source), done.outcome.refused
    return done


def refused(folder: Path, before: str | Mapping[str, str], reason: str, **options: object) -> None:
    """A program stays as it is, and the reason of (every) finding that is left has these words."""
    done = repaired(folder, before, **options)  # type: ignore[arg-type]
    old = {"app.py": before} if isinstance(before, str) else before
    assert done.files == {name: dedented(source) for name, source in old.items()}
    assert done.reasons, "nothing was refused"
    assert all(reason in one for one in done.reasons), done.reasons


def stays(folder: Path, before: str | Mapping[str, str], **options: object) -> None:
    """A program has nothing to be fixed."""
    done = repaired(folder, before, **options)  # type: ignore[arg-type]
    assert done.outcome.changed == {}
    assert done.outcome.refused == {}
