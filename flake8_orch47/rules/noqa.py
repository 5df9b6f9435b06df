"""`# noqa` comments: which findings their authors do not want to see.

The syntax is flake8's (`flake8.defaults.NOQA_INLINE_REGEXP` and `NOQA_FILE`): `# noqa` takes away everything,
`# noqa: ORC201,ORC3` these codes and prefixes, also separated by spaces; `# flake8: noqa` on a line of its
own takes away the whole file, and, as in flake8, so does `# flake8: noqa: ORC201`. Unlike flake8 a comment
counts on every line of its logical line, only real comments count, not strings that look like one, and the
case of a code does not matter.
"""

from __future__ import annotations

import re

from flake8_orch47.records import Entity, made_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flake8_orch47.findings import Finding

__all__ = ["keep"]

# Compiled by `re` when first used: hardly any run needs them.
_ON_A_LINE = r"(?i)# noqa(?::\s?(?P<codes>(?:[A-Z]+[0-9]+[,\s]*)+))?"
_WHOLE_FILE = r"(?i)# flake8[:=]\s*noqa"


class _Comments(Entity):
    """The noqa comments of one file: per row the prefixes that they take away (`""` is every code)."""

    whole_file: bool = False
    prefixes: dict[int, tuple[str, ...]] = made_by(default_factory=dict)

    def suppress(self, finding: Finding) -> bool:
        return self.whole_file or finding.code.startswith(self.prefixes.get(finding.span.row, ()))


def keep(findings: Iterable[Finding], sources: Mapping[str, str]) -> tuple[Finding, ...]:
    """The `findings` that no comment suppresses, in their order.

    `sources` is the text of the files; a file that is not in it has no comments.
    """
    known: dict[str, _Comments] = {}
    kept = []
    for finding in findings:
        path = finding.span.path
        if path not in known:
            known[path] = _comments(sources.get(path, ""))
        if not known[path].suppress(finding):
            kept.append(finding)
    return tuple(kept)


def _comments(source: str) -> _Comments:
    if "noqa" not in source.lower():  # nearly every file: nothing to tokenize
        return _Comments()
    return _read(source)


def _read(source: str) -> _Comments:
    """The comments of `source`, in one pass over its tokens, one logical line after the other."""
    import io
    import tokenize

    found = _Comments()
    between_statements = {tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.ENDMARKER}
    first, prefixes, inside = 0, set[str](), False
    text = io.StringIO(source.removeprefix("\ufeff"), newline=None)  # rows end as Python ends them
    try:
        for token in tokenize.generate_tokens(text.readline):
            if token.type == tokenize.COMMENT:
                alone = not token.line[: token.start[1]].strip()
                found.whole_file |= alone and re.match(_WHOLE_FILE, token.string) is not None
                prefixes |= _prefixes(token.string)
                first = first or token.start[0]
            elif token.type == tokenize.NEWLINE or (token.type == tokenize.NL and not inside):
                found.prefixes |= _rows(first or token.start[0], token.start[0], prefixes)
                first, prefixes, inside = 0, set(), False
            elif token.type not in between_statements:
                first, inside = first or token.start[0], True
    except (tokenize.TokenError, SyntaxError):  # what came before the error counts
        pass
    return found


def _rows(first: int, last: int, prefixes: set[str]) -> dict[int, tuple[str, ...]]:
    return dict.fromkeys(range(first, last + 1), tuple(prefixes)) if prefixes else {}


def _prefixes(comment: str) -> set[str]:
    """The codes and prefixes that `comment` takes away: none, some, or `""` for every code."""
    match = re.search(_ON_A_LINE, comment)
    if match is None:
        return set()
    codes = match["codes"]
    return {code.upper() for code in re.split(r"[,\s]+", codes) if code} if codes else {""}
