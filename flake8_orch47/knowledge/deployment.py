"""How an application is deployed: the files that say so, and the framework's commands that stand in them.

The commands are those of orchestrator-core's own command line (`orchestrator/cli/scheduler.py` and
`orchestrator/cli/database.py` of 4.7.2). A name counts with `-` and with `_`: typer has shown both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ARGUMENT_KEYS",
    "CLI",
    "DOCUMENTATION",
    "ENTRY_SCRIPTS",
    "FILES",
    "HIDDEN_FOLDERS",
    "LARGEST",
    "OTHER_PROGRAMS",
    "OTHER_SCHEDULERS",
    "PROSE_KEYS",
    "SAYING",
    "SHELLS",
    "TEMPLATE_SUFFIXES",
    "UNMISTAKABLE",
    "WRAPPERS",
    "FileKind",
    "Syntax",
]

Syntax = Literal["shell", "docker", "keys", "json"]


class FileKind(NamedTuple):
    """Files by shell patterns of their lower-case names; how they are read, and what begins a comment."""

    patterns: tuple[str, ...]
    syntax: Syntax
    comments: tuple[str, ...] = ("#",)


#: The files that say how something is started. The first that fits counts.
FILES: Final = (
    FileKind(("dockerfile*", "*.dockerfile", "containerfile*"), "docker"),
    FileKind(("*.yaml", "*.yml"), "keys"),  # compose, Helm, Kubernetes, GitHub, GitLab, Ansible
    FileKind(("*.sh", "*.bash", "*.zsh", "*.ksh"), "shell"),
    FileKind(("makefile*", "gnumakefile", "*.mk", "justfile", "crontab*", "*.cron"), "shell"),
    FileKind(("jenkinsfile*",), "shell", ("//",)),
    FileKind(("procfile*",), "keys"),
    FileKind(("*.service", "*.container"), "keys", ("#", ";")),  # systemd, Podman's units
    FileKind(("*.conf", "*.ini", "*.cfg"), "keys", ("#", ";")),  # supervisord, circus
    FileKind(("*.toml",), "keys"),  # fly.toml, tasks in pyproject.toml
    FileKind(("*.tf", "*.hcl", "*.nomad"), "keys", ("#", "//")),
    FileKind(("*.json",), "json", ()),  # task definitions of ECS
)

#: Endings of templates; what stands before them says what the file is.
TEMPLATE_SUFFIXES: Final = (
    ".j2",
    ".jinja",
    ".jinja2",
    ".tpl",
    ".tmpl",
    ".template",
    ".in",
    ".erb",
    ".dist",
    ".example",
)

#: The shells that the first line of a script without an ending may name.
SHELLS: Final = (b"sh", b"bash", b"dash", b"zsh", b"ksh", b"ash")

#: Hidden folders that hold deployment files; other hidden folders are not looked into.
HIDDEN_FOLDERS: Final = frozenset(
    ".azure .azuredevops .buildkite .ci .circleci .deploy .deployment .devcontainer .docker .ebextensions .forgejo"
    " .gitea .github .gitlab .helm .k8s .kube .kubernetes .openshift .platform .tekton .woodpecker".split()
)

#: Folders of documentation: what is started there is an example.
DOCUMENTATION: Final = frozenset({"doc", "docs"})

#: Larger files are not read: they are data.
LARGEST: Final = 1_000_000

#: The framework's commands of interest, with their subcommands.
CLI: Final[Mapping[str, frozenset[str]]] = {
    "scheduler": frozenset({"run", "force", "show-schedule", "load-initial-schedule"}),
    "db": frozenset({"upgrade"}),
}

#: Subcommands that nobody else has: they count whatever stands before them.
UNMISTAKABLE: Final = frozenset({"show-schedule", "load-initial-schedule"})

#: The script that the documentation has everybody write; for it the subcommand may be anything, or missing.
ENTRY_SCRIPTS: Final = frozenset({"main.py"})

#: Keys whose value is started, or given to what the image starts: there `scheduler` alone is a command.
ARGUMENT_KEYS: Final = frozenset(
    "args arguments cmd command commands containerargs dockercommand entrypoint exec initcommands startcommand".split()
)

#: Keys whose value is for people.
PROSE_KEYS: Final = frozenset(
    "annotation comment description details displayname documentation help label message name note notes"
    " summary text title".split()
)

#: Commands that only say something.
SAYING: Final = frozenset(
    {"echo", "@echo", "-echo", "printf", "@printf", "logger", "log", "info", "warn", "print", ":"}
)

#: Words before a program that do not change what it does; `run` is that of `uv run`, `poetry run` and the like.
WRAPPERS: Final = frozenset(
    "! @ - && command coverage dumb-init env exec exec: hatch if nice nohup pdm pipenv poetry rye setsid su-exec gosu"
    " sudo then time tini until uv uvx while do else run --".split()
)

#: Programs that have a command `scheduler` or `db` of their own, or only name a service of that name.
OTHER_PROGRAMS: Final = frozenset(
    "airflow alembic apk apt artisan aws az bench celery cd cp dask dagster django-admin docker docker-compose ecs"
    " flask foreman gcloud git heroku helm honcho kubectl make manage.py mkdir mv node npm nox oc php pip pnpm podman"
    " prefect pytest rails rm rq service supervisorctl superset systemctl systemd-run test tox yarn [".split()
)

#: Software with a scheduler of its own: in a file that names one of them, a bare `scheduler` is theirs.
OTHER_SCHEDULERS: Final = (b"airflow", b"kube-scheduler", b"dask", b"dagster", b"prefect", b"superset", b"laravel")
