"""The parts of README.md that are generated: what commands print, and the table of rules.

`python tests/readme.py` writes them anew.
"""

from __future__ import annotations

import re
import shlex

from harness import FIXTURES, REPOSITORY, run

from flake8_orch47.rules.catalogue import FAMILIES, RULES

README = REPOSITORY / "README.md"
_OUTPUT = re.compile(
    r"(<!-- output -->\n```console\n\$ (?P<command>[^\n]+)\n)(?P<output>.*?)(?=```\n<!-- /output -->)", re.DOTALL
)
_RULES = re.compile(r"(?<=<!-- rules -->\n).*?(?=<!-- /rules -->)", re.DOTALL)


def current() -> str:
    """README.md as it is."""
    return README.read_text(encoding="utf-8")


def commands(text: str) -> list[str]:
    """The commands whose output the text shows."""
    return [match["command"] for match in _OUTPUT.finditer(text)]


def generated(text: str) -> str:
    """The text with its generated parts as they should be."""
    with_output = _OUTPUT.sub(lambda match: match[1] + printed(match["command"]), text)
    return _RULES.sub(lambda _: rules(), with_output)


def printed(command: str) -> str:
    """What a command prints about the demo application."""
    program, *arguments = shlex.split(command)
    module = {"orch47": "flake8_orch47", "flake8": "flake8"}[program]
    done = run(module, *arguments, cwd=FIXTURES / "demo")
    assert done.stderr == ""
    # What the fixture says to its test is not what a reader should look at.
    return re.sub(r"  # expect: .*", "", done.stdout)


def rules() -> str:
    """The table of rules, in families."""
    rows = ["| code | allow | finds |", "|---|---|---|"]
    for prefix, title in FAMILIES.items():
        rows.append(f"| | | **{title}** |")
        for code, rule in RULES.items():
            if code.startswith(prefix):
                off = " (off unless selected)" if rule.opt_in else ""
                rows.append(f"| [{code}](docs/rules/{code}.md) | `{rule.name}` | {rule.summary}{off} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    README.write_text(generated(current()), encoding="utf-8")
