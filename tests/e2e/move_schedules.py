"""`make e2e`: the schedules of a real application, moved on a real orchestrator-core 4.7.2 with PostgreSQL and Redis.

What is shown, with figures: the jobs that decorators declare fire; `orch47 schedules --format python` makes a module
whose command schedules them through the API; `scheduler show-schedule` lists those with the source API and they start
their workflows; loading again changes nothing; the old jobs fire as well until the SQL removes them.

The servers are started here, on ports of their own and with their data in a temporary folder. Where they are not
installed and cannot be (by root, with apt-get), or orchestrator-core cannot be, this says so and ends with 0.
"""

from __future__ import annotations

import glob
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
APPLICATION = REPOSITORY / "fixtures" / "schedules_e2e"
REQUIREMENTS = HERE / "requirements.txt"
CACHE = Path(os.environ.get("ORCH47_CACHE") or REPOSITORY / ".cache") / "e2e"

#: The seconds between two runs of the jobs that are watched (`schedules/often.py`), and how long they are watched.
EVERY = 6
WATCHED = 20
#: The job that the framework itself declares with a decorator (4.7 only).
OF_THE_FRAMEWORK = "validate-products"
TASKS = ("task_ping", "task_pong", "task_peng", "task_nightly")
OFTEN = TASKS[:3]


_INSTALL = "-y -q --no-install-recommends postgresql postgresql-contrib redis-server".split()


class SkippedError(Exception):
    """What is needed is not here and cannot be had; the message says what."""


class Servers(NamedTuple):
    """Where the servers answer."""

    postgres: str
    redis: str


def main() -> int:
    """Run it. 0: as it should be, or skipped; 1: something is not as it should be."""
    try:
        postgres_bin, redis_server = binaries()
        python = environment()
    except SkippedError as reason:
        print(f"SKIPPED: {reason}")
        return 0
    with tempfile.TemporaryDirectory(prefix="orch47-e2e-") as folder:
        os.chmod(folder, 0o755)  # the database runs as another user
        with servers(postgres_bin, redis_server, Path(folder)) as running:
            return move(Story(python, running, Path(folder) / "application"))


# -- what is needed ------------------------------------------------------------------------------------------


def binaries() -> tuple[Path, str]:
    """The folder of PostgreSQL's programs, and Redis's server; installed where root can. Raises SkippedError."""
    found = _binaries()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing PostgreSQL and Redis ...", flush=True)
        quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-q"], ["apt-get", "install", *_INSTALL]):
            done = subprocess.run(command, env=quietly, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SkippedError(f"`{' '.join(command[:2])}` failed: {(done.stderr.splitlines() or ['?'])[-1]}")
        found = _binaries()
    if found is None:
        raise SkippedError("PostgreSQL (initdb) and Redis (redis-server) are needed, and are not installed")
    return found


def _binaries() -> tuple[Path, str] | None:
    folders = [*sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True), *os.environ.get("PATH", "").split(":")]
    postgres = next((folder for folder in folders if os.path.exists(os.path.join(folder, "initdb"))), None)
    redis = shutil.which("redis-server")
    return (Path(postgres), redis) if postgres and redis else None


def environment() -> str:
    """The Python of an environment with orchestrator-core 4.7.2. Raises SkippedError."""
    folder = CACHE / "orchestrator-core-4.7.2"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print("Installing orchestrator-core 4.7.2 ...", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SkippedError(f"orchestrator-core 4.7.2 cannot be installed: {done.stderr.strip().splitlines()[-1]}")
        (folder / "complete").touch()
    return str(python)


@contextmanager
def servers(postgres_bin: Path, redis_server: str, folder: Path) -> Iterator[Servers]:
    """PostgreSQL and Redis, for as long as this lasts."""
    ports = free_port(), free_port()
    data = folder / "postgres"
    data.mkdir()
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:  # PostgreSQL does not run as root
        user = pwd.getpwnam("postgres")
        os.chown(data, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    options = ["-p", str(ports[0]), "-k", str(data), "-h", "127.0.0.1", "-c", "fsync=off"]

    def run(program: str, *arguments: str) -> None:
        command = [str(postgres_bin / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=data, **as_user)  # type: ignore[call-overload]
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")

    run("initdb", "-D", str(data / "db"), "-U", "e2e", "-A", "trust", "-E", "UTF8", "--no-sync")
    run("pg_ctl", "-D", str(data / "db"), "-w", "-l", str(data / "log"), "-o", " ".join(options), "start")
    redis = subprocess.Popen(
        [redis_server, "--port", str(ports[1]), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        run("createdb", "-h", "127.0.0.1", "-p", str(ports[0]), "-U", "e2e", "e2e")
        yield Servers(f"postgresql://e2e@127.0.0.1:{ports[0]}/e2e", f"redis://127.0.0.1:{ports[1]}/0")
    finally:
        redis.terminate()
        redis.wait(timeout=20)
        run("pg_ctl", "-D", str(data / "db"), "-w", "-m", "fast", "stop")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


# -- the application -----------------------------------------------------------------------------------------


class Story:
    """The application and its database."""

    def __init__(self, python: str, running: Servers, folder: Path) -> None:
        self.python = python
        self.folder = folder
        self.database = running.postgres
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
            "DATABASE_URI": running.postgres,
            "CACHE_URI": running.redis,
            "TESTING": "false",
            "OAUTH2_ACTIVE": "false",
            "COLUMNS": "200",
            "TZ": "UTC",
        }
        shutil.copytree(APPLICATION, folder)

    def main(self, *arguments: str) -> str:
        """What `python main.py ...` prints."""
        done = subprocess.run(
            [self.python, "main.py", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        if done.returncode:
            raise RuntimeError(
                f"main.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def load(self) -> str:
        """What `python main.py schedules load` prints, run while no job is about to fire.

        On 4.7 the scheduler's jobs and its queue share one session of SQLAlchemy: a job that fires in the very moment
        in which a schedule is added breaks it for good (PendingRollbackError), whoever adds it.
        """
        loading = subprocess.Popen(
            [self.python, "-c", "import sys, main; sys.stdin.readline(); main.cli(['schedules', 'load'])"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(8)  # until everything is imported
        for _ in range(200):
            [row] = self.sql("SELECT min(next_run_time) - extract(epoch FROM now()) FROM apscheduler_jobs")
            if 1.5 < float(row) < EVERY - 0.5:
                break
            time.sleep(0.1)
        said, wrong = loading.communicate("now\n", timeout=60)
        if loading.returncode:
            raise RuntimeError(f"`schedules load` ended with {loading.returncode}:\n{said}{wrong}")
        return said

    @contextmanager
    def scheduler(self) -> Iterator[None]:
        """The scheduler, running."""
        with open(self.folder / "scheduler.log", "a", encoding="utf-8") as log:
            running = subprocess.Popen(
                [self.python, "main.py", "scheduler", "run"],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
            try:
                yield
                if running.poll() is not None:
                    raise RuntimeError(f"the scheduler ended:\n{self.said()}")
            finally:
                running.terminate()
                with suppress(subprocess.TimeoutExpired):
                    running.wait(timeout=20)
                if running.poll() is None:
                    running.kill()
                    running.wait()

    def said(self) -> str:
        """The end of what the scheduler has logged."""
        return (self.folder / "scheduler.log").read_text(encoding="utf-8")[-6000:]

    def sql(self, text: str) -> list[str]:
        """The rows that a statement gives, their columns separated by `|`."""
        done = subprocess.run(
            ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.database],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    def started(self) -> dict[str, int]:
        """How often each task has been started so far."""
        rows = self.sql(
            "SELECT w.name, count(p.pid) FROM workflows w LEFT JOIN processes p USING (workflow_id) "
            f"WHERE w.name IN ({', '.join(repr(name) for name in TASKS)}) GROUP BY w.name"
        )
        return {name: int(count) for name, count in (row.split("|") for row in rows)}

    def watched(self, seconds: int = WATCHED) -> dict[str, int]:
        """How often the scheduler starts each task meanwhile; it has to be running."""
        before = self.started()
        time.sleep(seconds)
        after = self.started()
        return {name: after[name] - before[name] for name in TASKS}

    def jobs(self) -> tuple[int, int]:
        """The number of stored jobs of the application, and of those that the API made."""
        [row] = self.sql(
            f"SELECT (SELECT count(*) FROM apscheduler_jobs WHERE id <> '{OF_THE_FRAMEWORK}'), "
            "(SELECT count(*) FROM workflows_apscheduler_jobs)"
        )
        all_jobs, of_the_api = row.split("|")
        return int(all_jobs), int(of_the_api)

    def sources(self) -> list[str]:
        """The source of each of the application's jobs that `scheduler show-schedule` lists."""
        listed = self.main("scheduler", "show-schedule").splitlines()
        found = (re.search(r"│ (API|decorator) +│", line) for line in listed if OF_THE_FRAMEWORK not in line)
        return sorted(match[1] for match in found if match)

    def until(self, jobs: tuple[int, int]) -> None:
        """Wait until so many jobs are stored; the scheduler works off a queue."""
        for _ in range(40):
            if self.jobs() == jobs:
                return
            time.sleep(0.5)


def orch47(*arguments: str, cwd: Path) -> str:
    """What `orch47 schedules ...` prints; it ends with 1, because job ids are lost."""
    command = [sys.executable, "-m", "flake8_orch47", "schedules", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 1:
        raise RuntimeError(f"orch47 schedules ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


# -- the story -----------------------------------------------------------------------------------------------


class Checks:
    """What was expected, what happened."""

    def __init__(self) -> None:
        self.failed = 0

    def that(self, sentence: str, holds: bool, figures: object = "") -> None:
        self.failed += not holds
        shown = f"  ({figures})" if figures != "" else ""
        print(f"{'ok  ' if holds else 'FAIL'}  {sentence}{shown}", flush=True)


def move(story: Story) -> int:
    """The move from decorators to the API."""
    checks = Checks()
    print("Setting up the database ...", flush=True)
    story.main("db", "init")
    story.main("db", "upgrade", "heads")
    for name in TASKS:
        story.sql(
            "INSERT INTO workflows (name, target, description, is_task) "
            f"VALUES ('{name}', 'SYSTEM', '{name}', true) ON CONFLICT DO NOTHING"
        )

    declared = story.folder / "schedules" / "often.py"
    with_decorators = declared.read_text()
    with story.scheduler():  # it leaves one copy of what has no id
        story.until((4, 0))
    with story.scheduler():
        story.until((5, 0))
        decorated = story.watched()
    often = {name: decorated[name] for name in OFTEN}
    checks.that("the decorators' jobs fire", all(count >= 2 for count in often.values()), often)
    checks.that("a job without an id is stored with every start", story.jobs() == (5, 0), story.jobs())

    (story.folder / "schedules_to_load.py").write_text(orch47("--format", "python", ".", cwd=story.folder))
    statements = orch47("--format", "sql", ".", cwd=story.folder)
    declared.write_text(without_decorators(with_decorators))

    with story.scheduler():
        story.load()
        story.until((9, 4))
        both = story.watched()
        sources = story.sources()
        checks.that("the generated module schedules all four through the API", sources.count("API") == 4, sources)
        often = {name: both[name] for name in OFTEN}
        checks.that("without the SQL both fire", all(both[name] > decorated[name] for name in OFTEN[:2]), often)
        before = story.jobs()
        said = story.load()
        time.sleep(4)
        checks.that("loading again changes nothing", story.jobs() == before, f"{before} and {story.jobs()}")
        checks.that("and says so", said.count("has a schedule already") == 4)

    story.sql(statements)
    checks.that("the SQL removes the old jobs and no other", story.jobs() == (4, 4), story.jobs())
    with story.scheduler():
        time.sleep(3)
        moved = story.watched()
        sources = story.sources()
    often = {name: moved[name] for name in OFTEN}
    usual = WATCHED // EVERY
    right = all(1 <= count <= usual + 1 for count in often.values())  # a busy machine misses some
    checks.that(f"after the SQL each fires every {EVERY} s, once", right, f"in {WATCHED} s: {often}")
    checks.that("show-schedule lists the API's schedules, and no other", sources == ["API"] * 4, sources)
    finished = story.sql(
        "SELECT p.last_status, count(*) FROM processes p JOIN workflows w USING (workflow_id) "
        f"WHERE w.name IN ({', '.join(repr(name) for name in OFTEN)}) GROUP BY 1"
    )
    done = [row for row in finished if row.startswith("completed|")]
    checks.that("the workflows that were started ran to their end", bool(done) and len(finished) <= 2, finished)
    if checks.failed:
        print(f"Failed. The end of what the scheduler said:\n{story.said()}")
        return 1
    print("All as it should be.")
    return 0


def without_decorators(source: str) -> str:
    """The module after somebody has taken the decorators away and left the functions: the old jobs still find them."""
    return "".join(line for line in source.splitlines(keepends=True) if not line.startswith("@"))


if __name__ == "__main__":
    sys.exit(main())
