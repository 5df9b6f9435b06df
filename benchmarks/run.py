"""Measures the command and the plugin against references, and prints a table.

    python benchmarks/run.py [--rounds N] [NAME ...]

Without names: everything that does not take minutes; `all` is everything. README.md says what is measured how.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import environments
import measure
import trees
from application import ONE_FILE
from measure import Command, Comparison, MeasureError, compare, median

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HERE = os.path.dirname(os.path.abspath(__file__))
_ONE_OF_A = "orchestrator/workflow.py"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One row of the table.

    `commands` gives the command and its reference; `bound` and `goal` are what the ratio of their processor
    times is to stay below, now and in the end (the other way round where `bound` is above `goal`).
    """

    name: str
    trees: tuple[str, ...]
    commands: Callable[[], tuple[Command, Command]]
    bound: str = ""
    goal: str = ""
    is_slow: bool = False


def _orch47(tree: str, *paths: str, warm: bool = False) -> Command:
    """`orch47 check`; `warm`: nothing has changed since the last run, and its results are used."""
    cache = ("--cache-dir", os.path.join(trees.CACHE, "results")) if warm else ("--no-cache",)
    options = ("check", "--output-format", "concise", *cache)
    arguments = (environments.path("ours", "orch47"), *options, *(paths or (".",)))
    return Command("orch47 check, unchanged" if warm else "orch47 check", arguments, trees.folder(tree))


def _ruff(tree: str, *paths: str) -> Command:
    choice = ("--select", "ASYNC", "--isolated", "--no-cache", "--no-respect-gitignore")
    arguments = (environments.path("ruff", "ruff"), "check", *choice, *(paths or (".",)))
    return Command("ruff --select ASYNC", arguments, trees.folder(tree))


def _flake8(environment: str, tree: str, *paths: str, warm: bool = False) -> Command:
    label = "flake8 without"
    options: tuple[str, ...] = ("--isolated",)
    if environment == "ours":
        label = "flake8 with the plugin, unchanged" if warm else "flake8 with the plugin"
        options += () if warm else ("--orch-no-cache",)
    arguments = (environments.path(environment, "flake8"), *options, *(paths or (".",)))
    return Command(label, arguments, trees.folder(tree))


def _flake8_async(tree: str, *paths: str) -> Command:
    return Command("flake8-async", (environments.path("flake8-async", "flake8-async"), *paths), trees.folder(tree))


def _django_upgrade(tree: str) -> Command:
    """django-upgrade on every file; for a version so old that it changes none."""
    command = (environments.path("django-upgrade", "django-upgrade"), "--target-version", "1.7")
    return Command("django-upgrade", (*command, *trees.python_files(tree)), trees.folder(tree))


def _parse(parser: str, tree: str, *paths: str) -> Command:
    script = os.path.join(_HERE, "parse_all.py")
    arguments = (environments.path("ours", "python"), script, parser, *(paths or (".",)))
    return Command(f"{parser} parse", arguments, trees.folder(tree))


def _fixing(tree: str) -> tuple[Command, Command]:
    """All fixes, written as a diff so that every round finds the same; and parsing the files that they change."""
    options = ("check", "--diff", "--unsafe-fixes", "--quiet", "--color", "never", ".")
    command = Command("orch47 check --diff", (environments.path("ours", "orch47"), *options), trees.folder(tree))
    said = subprocess.run(command.arguments, cwd=command.folder, capture_output=True, text=True, check=False).stdout
    changed = [line.removeprefix("+++ ") for line in said.splitlines() if line.startswith("+++ ")]
    return command, _parse("libcst", tree, *changed)


def _with_async(tree: str) -> tuple[str, ...]:
    """The files of a tree that contain `async`."""
    found = []
    for path in trees.python_files(tree):
        with open(os.path.join(trees.folder(tree), path), "rb") as file:
            if b"async" in file.read():
                found.append(path)
    return tuple(found)


def _growing(count: int, *, warm: bool = False) -> Benchmark:
    tree = f"G-{count}"
    name = f"{tree}-unchanged" if warm else tree
    return Benchmark(name, (tree,), lambda: (_orch47(tree, warm=warm), _parse("ast", tree)), "3", "2")


BENCHMARKS = (
    Benchmark("A", ("A",), lambda: (_orch47("A"), _ruff("A")), "3", "1.5"),
    Benchmark("A-unchanged", ("A",), lambda: (_orch47("A", warm=True), _ruff("A")), "3", "1.5"),
    Benchmark("B", ("B",), lambda: (_orch47("B"), _ruff("B")), "0.3"),
    Benchmark("BA", ("BA",), lambda: (_orch47("BA"), _ruff("BA")), "0.3", "0.15"),
    Benchmark("BA-unchanged", ("BA",), lambda: (_orch47("BA", warm=True), _ruff("BA")), "0.3", "0.15"),
    Benchmark("A-ast", ("A",), lambda: (_orch47("A"), _parse("ast", "A"))),
    Benchmark("one-of-A", ("A",), lambda: (_orch47("A", _ONE_OF_A), _ruff("A", _ONE_OF_A))),
    Benchmark(
        "one-of-App", ("App",), lambda: (_orch47("App", ONE_FILE), _flake8("flake8", "App", ONE_FILE)), "0.5", "0.25"
    ),
    Benchmark(
        "one-of-App-unchanged",
        ("App",),
        lambda: (_orch47("App", ONE_FILE, warm=True), _flake8("flake8", "App", ONE_FILE)),
        "0.5",
        "0.25",
    ),
    Benchmark("App", ("App",), lambda: (_orch47("App"), _ruff("App"))),
    Benchmark("fix-App", ("App",), lambda: _fixing("App"), "3", "2"),
    Benchmark(
        "flake8-one-of-A",
        ("A",),
        lambda: (_flake8("ours", "A", _ONE_OF_A), _flake8("flake8", "A", _ONE_OF_A)),
        "1.05",
        "1.02",
    ),
    Benchmark(
        "flake8-one-of-App",
        ("App",),
        lambda: (_flake8("ours", "App", ONE_FILE), _flake8("flake8", "App", ONE_FILE)),
        "1.05",
        "1.02",
    ),
    Benchmark(
        "flake8-one-of-App-unchanged",
        ("App",),
        lambda: (_flake8("ours", "App", ONE_FILE, warm=True), _flake8("flake8", "App", ONE_FILE)),
        "1.05",
        "1.02",
    ),
    _growing(100),
    _growing(200),
    _growing(1000),
    _growing(1000, warm=True),
    Benchmark("flake8-A", ("A",), lambda: (_flake8("ours", "A"), _flake8("flake8", "A")), "1.05", "1.02"),
    Benchmark(
        "flake8-A-unchanged",
        ("A",),
        lambda: (_flake8("ours", "A", warm=True), _flake8("flake8", "A")),
        "1.05",
        "1.02",
    ),
    Benchmark(
        "flake8-async",
        ("A",),
        lambda: (_flake8_async("A", *_with_async("A")), _orch47("A", *_with_async("A"))),
        "> 200",
        "> 400",
        is_slow=True,
    ),
    Benchmark("django-upgrade", ("A",), lambda: (_orch47("A"), _django_upgrade("A")), is_slow=True),
)

_HEADER = (
    "name", "command / reference", "ratio (min-max)", "bound", "goal", "processor s", "wall s", "peak MiB"
)  # fmt: skip


def main() -> int:
    """Runs what the command line names; the exit status is 1 if something could not be measured."""
    known = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    parser = argparse.ArgumentParser(description="Measure flake8-orch47 against references.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, or of: {', '.join(known)}")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    options = parser.parse_args()
    if unknown := set(options.names) - {*known, "all"}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    chosen = [
        benchmark
        for benchmark in BENCHMARKS
        if benchmark.name in options.names or "all" in options.names or (not options.names and not benchmark.is_slow)
    ]
    _build({tree for benchmark in chosen for tree in benchmark.trees})
    failed = False
    print("\n".join(_about({tree for benchmark in chosen for tree in benchmark.trees}, options.rounds)), end="\n\n")
    print(f"| {' | '.join(_HEADER)} |\n{'|---' * len(_HEADER)}|", flush=True)
    for benchmark in chosen:
        try:
            measured, reference = benchmark.commands()
            row = _row(benchmark, measured, reference, compare(measured, reference, options.rounds))
        except (MeasureError, subprocess.CalledProcessError) as error:
            failed = True
            row = (benchmark.name, f"FAILED: {error}".replace("\n", " "))
        print(f"| {' | '.join(row)} |", flush=True)
    return int(failed)


def _build(names: set[str]) -> None:
    """Builds trees in a process of its own: this one stays small, and so does the floor of what it measures."""
    if missing := sorted(name for name in names if not os.path.isdir(trees.folder(name))):
        script = os.path.join(_HERE, "trees.py")
        subprocess.run([sys.executable, script, *missing], check=True, stdout=subprocess.DEVNULL)


def _about(names: set[str], rounds: int) -> Iterator[str]:
    """What was measured on what: a line each."""
    versions = sorted({version for tools in environments.VERSIONS.values() for version in tools})
    sizes = (f"{name} {len(trees.python_files(name))} files" for name in sorted(names))
    yield f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    yield f"versions: {', '.join(versions)}"
    yield f"trees: {', '.join(sizes)}"
    yield f"{rounds} rounds in turns after one to warm up; the files are in memory"
    yield "no tool uses a cache of its own, but for the rows `unchanged`: there ours knows the results of the last run"


def _row(benchmark: Benchmark, measured: Command, reference: Command, result: Comparison) -> tuple[str, ...]:
    def both(text: Callable[[measure.Sample], float], digits: int) -> str:
        first, second = (median([text(sample) for sample in side]) for side in (result.measured, result.reference))
        return f"{first:.{digits}f} / {second:.{digits}f}"

    ratios = result.ratios
    peak = both(lambda sample: sample.memory, 0)
    if min(sample.memory for sample in (*result.measured, *result.reference)) <= measure.floor():
        peak += " (at most)"
    return (
        benchmark.name,
        f"{measured.label} / {reference.label}",
        f"{_short(median(ratios))} ({_short(min(ratios))}-{_short(max(ratios))})",
        benchmark.bound,
        benchmark.goal,
        both(lambda sample: sample.processor, 3),
        both(lambda sample: sample.wall, 3),
        peak,
    )


def _short(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.3g}"


if __name__ == "__main__":
    sys.exit(main())
