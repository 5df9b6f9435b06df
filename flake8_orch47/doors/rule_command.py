"""`orch47 rule`: what a rule finds, why that is bad, and what to do."""

from __future__ import annotations

from flake8_orch47.doors.console import NOTHING_FOUND, UsageError, screen_for, write
from flake8_orch47.doors.options import add_color
from flake8_orch47.records import as_dict

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from flake8_orch47.doors.options import Commands
    from flake8_orch47.rules.catalogue import Rule

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Give the command its subcommand `rule`."""
    rule = commands.add_parser("rule", help="explain a rule", description="Explain a rule.")
    rule.add_argument("code", nargs="?", metavar="CODE", help="the code or the name of a rule")
    rule.add_argument("--all", action="store_true", help="every rule")
    rule.add_argument("--output-format", choices=("text", "json", "markdown"), default="text", help="default: text")
    add_color(rule)
    rule.set_defaults(run=_rule)


def _rule(options: argparse.Namespace) -> int:
    if options.all == (options.code is not None):
        raise UsageError("give the code of one rule, or --all")
    from flake8_orch47.rules.catalogue import RULES

    chosen = list(RULES.values()) if options.all else [RULES[_known(options.code)]]
    if options.output_format == "json":
        import json

        document = [as_dict(rule) | {"url": rule.url} for rule in chosen]
        write([json.dumps(document if options.all else document[0], indent=2)])
    else:
        write(_documentation(chosen, options))
    return NOTHING_FOUND


def _known(code: str) -> str:
    """The code that is meant by `code`, in whatever case, or by a rule's name. Raises UsageError."""
    from flake8_orch47.rules.catalogue import CODES, RULES, nearest

    if code.upper() in CODES:
        return code.upper()
    close = nearest(code)
    if close in CODES and RULES[close].name == code.lower():
        return close
    hint = f"did you mean {close}?" if close in CODES else f"known are {', '.join(CODES)}"
    raise UsageError(f"unknown rule `{code}`: {hint}")


def _documentation(rules: Sequence[Rule], options: argparse.Namespace) -> Iterator[str]:
    from flake8_orch47.output.documentation import for_terminal
    from flake8_orch47.rules.catalogue import page

    terminal = screen_for(options.color)
    for number, rule in enumerate(rules):
        if number:
            yield ""
        text = page(rule)
        if options.output_format == "markdown":
            yield from text.splitlines()
        else:
            yield from for_terminal(text, terminal)
