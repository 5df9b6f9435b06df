"""The parts of README.md and docs/report.md that are generated: what commands print, tables of rules and steps.

`python tests/readme.py` writes them anew.
"""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from pathlib import Path

from harness import FIXTURES, REPOSITORY, run

from flake8_orch47.rules.catalogue import FAMILIES, RULES
from flake8_orch47.upgrade.steps import STEPS

README = REPOSITORY / "README.md"
REPORT = REPOSITORY / "docs" / "report.md"
_OUTPUT = re.compile(
    r"(<!-- output(?: of (?P<application>\w+))? -->\n```console\n\$ (?P<command>[^\n]+)\n)(?P<output>.*?)"
    r"(?=```\n<!-- /output -->)",
    re.DOTALL,
)
_STEPS = re.compile(r"(?<=<!-- steps -->\n).*?(?=<!-- /steps -->)", re.DOTALL)
_RULES = re.compile(r"(?<=<!-- rules -->\n).*?(?=<!-- /rules -->)", re.DOTALL)


def current() -> str:
    """README.md as it is."""
    return README.read_text(encoding="utf-8")


def commands(text: str) -> list[str]:
    """The commands whose output the text shows."""
    return [match["command"] for match in _OUTPUT.finditer(text)]


def generated(text: str) -> str:
    """The text with its generated parts as they should be."""
    with_output = _OUTPUT.sub(lambda match: match[1] + printed(match["command"], match["application"]), text)
    return _RULES.sub(lambda _: rules(), with_output)


def printed(command: str, application: str | None = None) -> str:
    """What a command prints about a fixture application, the demo if none is named."""
    program, *arguments = shlex.split(command)
    module = {"orch47": "flake8_orch47", "flake8": "flake8"}[program]
    folder = FIXTURES / (application or "demo")
    with tempfile.TemporaryDirectory() as scratch:
        if "--fix" in arguments:  # it changes files
            folder = Path(shutil.copytree(folder, Path(scratch) / "copy"))
        done = run(module, *arguments, cwd=folder)
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


def with_steps(text: str) -> str:
    """The text of docs/report.md with its table of steps as it should be."""
    rows = ["| step | what to do | rules | command |", "|---|---|---|---|"]
    for step in STEPS:
        codes = f"{step.codes[0]}-{step.codes[-1][3:]}" if len(step.codes) > 3 else ", ".join(step.codes)
        sql = {"own_jobs": "DELETE FROM apscheduler_jobs WHERE ...;", "default_jobs": "..."}
        command = step.command.replace("\n ", "").format(**sql)
        rows.append(f"| `{step.id}` | {step.title} | {codes} | {f'`{command}`' if command else ''} |")
    table = "\n".join(rows) + "\n"
    return _STEPS.sub(lambda _: table, text)


if __name__ == "__main__":
    REPORT.write_text(with_steps(REPORT.read_text(encoding="utf-8")), encoding="utf-8")
    README.write_text(generated(current()), encoding="utf-8")
