"""The rule catalogue: every code, with its name, what to do, and its documentation.

A rule's documentation is one file, `documentation/<code>.md`: the name, one line that says what is found, one
line that says what to do, then the sections of SECTIONS. A file is read when somebody asks for its rule. The
pages in `docs/` are generated from here: `python -m flake8_orch47.rules.catalogue docs`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from flake8_orch47.findings import UNREADABLE
from flake8_orch47.records import Record
from flake8_orch47.settings import OPT_IN

__all__ = ["CODES", "FAMILIES", "RULES", "Rule", "main", "nearest", "page", "pages", "selectable"]

#: Every code, in the order of the documentation.
CODES = (
    UNREADABLE,
    "ORC101", "ORC102", "ORC103", "ORC104", "ORC105",
    "ORC201", "ORC202", "ORC203", "ORC204", "ORC205", "ORC206", "ORC207",
    "ORC301", "ORC302", "ORC303", "ORC304", "ORC305", "ORC306", "ORC307", "ORC308",
)  # fmt: skip

#: What the codes with a common prefix are about.
FAMILIES = {
    "ORC0": "Files",
    "ORC1": "Schedules in code",
    "ORC2": "Authorization callbacks",
    "ORC3": "Blocking calls in an async context",
}

#: The headings of a rule's documentation, in order, and the field of Rule that holds what stands below.
SECTIONS = {
    "What it does": "what",
    "Why is this bad?": "why",
    "Example": "example",
    "Use instead": "use_instead",
    "Good to know": "notes",
    "Fix safety": "fix_safety",
    "References": "references",
}

_ABOUT = """\
What flake8-orch47 finds in an application built on orchestrator-core. `orch47 rule ORC201` shows a page in
the terminal. These pages are generated: `python -m flake8_orch47.rules.catalogue docs`."""

_FENCE = "```"


class Rule(Record):
    """One rule and its documentation.

    `name` reads after the word "allow" (allow `sync-auth-callback`); `summary` says in one line what is found
    and `advice` what to do. `what`, `why`, `notes` and `fix_safety` are Markdown; `example` and `use_instead`
    are Python; the first of the `references` is the address of the page about this problem.
    """

    code: str
    name: str
    summary: str
    advice: str
    what: str
    why: str
    example: str
    use_instead: str
    notes: str | None
    fix_safety: str | None
    references: tuple[str, ...]
    opt_in: bool

    @property
    def url(self) -> str:
        """Where to read about it: a page of the framework's own documentation."""
        return self.references[0]


class _Catalogue(Mapping[str, Rule]):
    """The rules by code; a rule is read when it is asked for."""

    def __getitem__(self, code: str) -> Rule:
        if code not in CODES:
            raise KeyError(code)
        return _read(code)

    def __iter__(self) -> Iterator[str]:
        return iter(CODES)

    def __len__(self) -> int:
        return len(CODES)


RULES: Mapping[str, Rule] = _Catalogue()


def selectable(selector: str) -> bool:
    """Whether `selector` is the code, or a prefix of the codes, of rules that can be chosen.

    UNREADABLE is none: that a result is incomplete is always said.
    """
    return bool(selector) and any(code.startswith(selector) for code in CODES if code != UNREADABLE)


def nearest(word: str) -> str | None:
    """The code that `word` was probably meant to be: another case, a slip of the finger, a rule's name."""
    from difflib import get_close_matches

    by_name = {rule.name: code for code, rule in RULES.items()}
    if word.lower() in by_name:
        return by_name[word.lower()]
    prefixes = {code[:length] for code in CODES for length in (3, 4)} - {"ORC0"}
    candidates = sorted({*CODES, *prefixes})
    if word.upper() in candidates:
        return word.upper()
    digits = word.upper().translate(str.maketrans("OILS", "0115"))[-3:]
    if f"ORC{digits}" in CODES:  # a letter that looks like a digit
        return f"ORC{digits}"
    close = get_close_matches(word.upper(), candidates, n=1, cutoff=0.6)
    if close:
        return close[0]
    close = get_close_matches(word.lower(), by_name, n=1, cutoff=0.6)
    return by_name[close[0]] if close else None


# Reading


@cache
def _read(code: str) -> Rule:
    from importlib.resources import files

    text = (files("flake8_orch47.rules") / "documentation" / f"{code}.md").read_text(encoding="utf-8")
    return _parsed(code, text)


def _parsed(code: str, text: str) -> Rule:
    """The rule that `text` describes. Raises ValueError for a missing, unknown or misplaced section."""
    head, sections = _sections(text)
    name, summary, advice = (line for line in head.splitlines() if line)
    unknown = [title for title in sections if title not in SECTIONS]
    if unknown or list(sections) != [title for title in SECTIONS if title in sections]:
        raise ValueError(f"{code}: unknown sections, or sections out of order: {list(sections)}")
    by_field = {field: sections.get(title) for title, field in SECTIONS.items()}

    def required(field: str) -> str:
        body = by_field[field]
        if not body:
            raise ValueError(f"{code}: nothing below the heading for `{field}`")
        return body

    return Rule(
        code=code,
        name=name.removeprefix("# "),
        summary=summary,
        advice=advice,
        what=required("what"),
        why=required("why"),
        example=_python(code, required("example")),
        use_instead=_python(code, required("use_instead")),
        notes=by_field["notes"],
        fix_safety=by_field["fix_safety"],
        references=tuple(line.removeprefix("- ") for line in required("references").splitlines()),
        opt_in=code in OPT_IN,
    )


def _sections(text: str) -> tuple[str, dict[str, str]]:
    """What stands before the first heading of the second level, and what stands below each of them."""
    parts: dict[str, list[str]] = {}
    current: list[str] = []
    head, fenced = current, False
    for line in text.splitlines():
        fenced ^= line.startswith(_FENCE)
        if line.startswith("## ") and not fenced:
            current = parts.setdefault(line.removeprefix("## "), [])
        else:
            current.append(line)
    return "\n".join(head), {title: "\n".join(lines).strip() for title, lines in parts.items()}


def _python(code: str, body: str) -> str:
    """The source inside the one fence that `body` is."""
    match = re.fullmatch(rf"{_FENCE}python\n(.*?\n){_FENCE}", body, re.DOTALL)
    if match is None or _FENCE in match[1]:
        raise ValueError(f"{code}: an example has to be one block of Python")
    return match[1]


# Generating


def page(rule: Rule) -> str:
    """The documentation of one rule, in Markdown."""
    parts = [f"# {rule.name} ({rule.code})", rule.summary, f"**What to do:** {rule.advice}"]
    if rule.opt_in:
        parts.append(f"This rule is off unless it is selected: `--extend-select {rule.code}`.")
    for title, field in SECTIONS.items():
        body = getattr(rule, field)
        if not body:
            continue
        if field in {"example", "use_instead"}:
            body = f"{_FENCE}python\n{body}{_FENCE}"
        elif field == "references":
            body = "\n".join(f"- <{address}>" for address in body)
        parts += [f"## {title}", body]
    return "\n\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """Every page of `docs/`: the path below that folder, and its text."""
    documents = {f"rules/{code}.md": page(rule) for code, rule in RULES.items()}
    return {"index.md": _index(), **documents}


def _index() -> str:
    parts = ["# Rules", _ABOUT]
    for prefix, title in FAMILIES.items():
        rows = [_row(rule) for code, rule in RULES.items() if code.startswith(prefix)]
        parts += [f"## {title}", "\n".join(["| code | name | finds |", "|---|---|---|", *rows])]
    return "\n\n".join(parts) + "\n"


def _row(rule: Rule) -> str:
    summary = f"{rule.summary} (off unless selected)" if rule.opt_in else rule.summary
    return f"| [{rule.code}](rules/{rule.code}.md) | `{rule.name}` | {summary} |"


def main(arguments: Sequence[str]) -> int:
    """Write the pages below the folder that is the only one of `arguments`."""
    if len(arguments) != 1:
        print("usage: python -m flake8_orch47.rules.catalogue FOLDER", file=sys.stderr)
        return 2
    for name, text in pages().items():
        path = os.path.join(arguments[0], *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
