"""Deployment files: where the framework's command line is used, in every form, and what only looks like it."""

from __future__ import annotations

import os
import time
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_orch47.project.commands import commands
from flake8_orch47.project.deployment import Deployment, Deployments

if TYPE_CHECKING:
    from pathlib import Path


def said(folder: Path, files: dict[str, str | bytes]) -> Deployment:
    """What the deployment files of a project with these files say."""
    (folder / "pyproject.toml").write_text('[project]\nname = "app"\n')
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else dedent(content).lstrip("\n").encode())
    return Deployments().of(str(folder))


def found(folder: Path, name: str, content: str | bytes) -> list[str]:
    """The commands in one file: `row: command subcommand`."""
    return [f"{one.row}: {one.command} {one.subcommand}".rstrip() for one in said(folder, {name: content}).commands]


# Every form

FORMS = {
    "a Dockerfile, exec form": (
        "Dockerfile",
        """
        FROM python:3.12
        # the scheduler: python main.py scheduler run
        CMD ["python", "main.py", "scheduler", "run"]
        """,
        ["3: scheduler run"],
    ),
    "a Dockerfile, shell form over lines with a comment between": (
        "docker/scheduler.Dockerfile",
        """
        FROM app
        CMD python main.py \\
            # as in the guide
            scheduler \\
            run
        """,
        ["4: scheduler run"],
    ),
    "the documentation's own: ENTRYPOINT and CMD": (
        "Dockerfile.scheduler",
        """
        FROM your-orchestrator
        ENTRYPOINT ["python", "main.py"]
        CMD ["scheduler", "run"]
        """,
        ["3: scheduler run"],
    ),
    "a Dockerfile, an array over lines": (
        "Containerfile",
        """
        FROM app
        ENTRYPOINT [ "python", \\
                     "main.py", \\
                     "scheduler" ]
        """,
        ["4: scheduler"],
    ),
    "a Dockerfile that writes a script": (
        "Dockerfile",
        """
        FROM app
        RUN <<EOF
        python main.py db upgrade heads
        EOF
        """,
        ["3: db upgrade"],
    ),
    "compose, a string": (
        "docker-compose.yml",
        """
        services:
          scheduler:
            image: app
            command: python main.py scheduler run  # once
        """,
        ["4: scheduler run"],
    ),
    "compose, a list in brackets over lines": (
        "compose.override.yaml",
        """
        services:
          scheduler:
            command: [
              "python", "main.py",  # our command line
              "scheduler",
              "run",
            ]
        """,
        ["5: scheduler run"],
    ),
    "compose, a list with dashes": (
        "docker-compose.prod.yaml",
        """
        services:
          scheduler:
            entrypoint:
            - python
            - ./main.py
            # the command
            - scheduler
            - run
        """,
        ["7: scheduler run"],
    ),
    "compose, a shell in a folded scalar": (
        "compose.yml",
        """
        services:
          scheduler:
            command: >-
              bash -c "python main.py db upgrade heads
              && python main.py scheduler run"
            depends_on:
              - db
        """,
        ["4: db upgrade", "5: scheduler run"],
    ),
    "compose, the image's own entry point is given its arguments": (
        "compose.yml",
        """
        services:
          scheduler:
            command: scheduler run
        """,
        ["3: scheduler run"],
    ),
    "compose, a mapping in braces": (
        "compose.yml",
        """
        services:
          scheduler: {image: app, command: ["python", "main.py", "scheduler", "run"]}
        """,
        ["2: scheduler run"],
    ),
    "compose, an anchor": (
        "compose.yml",
        """
        x-run: &run ["python", "main.py", "scheduler", "run"]
        services:
          scheduler:
            command: *run
        """,
        ["1: scheduler run"],
    ),
    "Kubernetes, arguments alone": (
        "k8s/scheduler.yaml",
        """
        apiVersion: apps/v1
        kind: Deployment
        spec:
          template:
            spec:
              containers:
                - name: scheduler
                  image: app
                  args: ["scheduler"]
        """,
        ["9: scheduler"],
    ),
    "Kubernetes, spread over lines": (
        "k8s/scheduler.yaml",
        """
        containers:
          - command: [ "python", "main.py" ]
            args:
              - scheduler  # not the API
              - run
            name: scheduler
        """,
        ["4: scheduler run"],
    ),
    "Helm, a template with an init container": (
        "chart/templates/scheduler.yaml",
        """
        {{- if .Values.scheduler.enabled -}}
        {{/* runs
             python main.py scheduler force */}}
        spec:
          initContainers:
            - name: load
              command: ["sh", "-c", "until python main.py scheduler load_initial_schedule; do echo wait; done"]
              {{- include "app.env" . | nindent 10 }}
          containers:
            - name: {{ .Chart.Name }}-scheduler
              image: "{{ .Values.image }}"
              command: ["python", "main.py", "scheduler", "run"]
        {{- end }}
        """,
        ["7: scheduler load-initial-schedule", "12: scheduler run"],
    ),
    "Helm, a template with lists": (
        "chart/templates/x.yaml",
        """
        {{- with .Values.args }}
        args: {{ toYaml . | nindent 2 }}
        {{- else }}
        args: {{ list "scheduler" "run" | toJson }}
        {{- end }}
        """,
        ["4: scheduler run"],
    ),
    "Kubernetes, a shell with a script of several lines": (
        "k8s/cron.yml",
        """
        containers:
        - args:
          - -c
          - |
            set -e
            exec python -u main.py scheduler run >log 2>&1
          command: [/bin/sh]
        """,
        ["6: scheduler run"],
    ),
    "Helm, values": (
        "chart/values.yaml",
        """
        scheduler:
          enabled: true
          initCommands: [["scheduler", "load-initial-schedule"]]
          args:
            - - scheduler
              - run
        """,
        ["3: scheduler load-initial-schedule", "5: scheduler run"],
    ),
    "a shell script that goes on": (
        "bin/start.sh",
        """
        #!/bin/sh
        # don't run python main.py scheduler show-schedule
        set -e
        exec "${VENV}/bin/python" -u \\
            "$APP_HOME/main.py" \\
            scheduler run "$@"
        """,
        ["6: scheduler run"],
    ),
    "a script without an ending": (
        "bin/wrapper",
        """
        #!/usr/bin/env bash
        python main.py scheduler run &
        status=$?
        """,
        ["2: scheduler run"],
    ),
    "a script with a case for each role and apostrophes in a here-document": (
        "entrypoint.sh",
        """
        #!/bin/bash
        cat <<USAGE
        It's simple: entrypoint.sh api|scheduler
        USAGE
        case "$1" in
          scheduler) exec python main.py scheduler run ;;
          migrate)
            python main.py db upgrade heads;;
        esac
        """,
        ["6: scheduler run", "8: db upgrade"],
    ),
    "a script that runs it somewhere else": (
        "deploy.sh",
        """
        ssh host 'cd /srv/app; ls' && ssh host sh -c 'cd /srv/app && .venv/bin/python main.py scheduler run'
        docker compose exec -T app orchestrator scheduler force abc
        kubectl exec deploy/app -- python main.py scheduler load-initial-schedule
        """,
        ["1: scheduler run", "2: scheduler force", "3: scheduler load-initial-schedule"],
    ),
    "a module": (
        "run.sh",
        "uv run python -m app.cli scheduler run\n",
        ["1: scheduler run"],
    ),
    "commands in loops, in brackets, in the background and with redirections": (
        "run.sh",
        """
        (cd app && poetry run python main.py scheduler run) &
        nohup python3.12 /srv/main.py scheduler run > /dev/null 2>&1 &
        python main.py scheduler run>log
        $(which python) main.py scheduler run;
        while ! python main.py scheduler load-initial-schedule; do sleep 1; done
        """,
        [*(f"{row}: scheduler run" for row in (1, 2, 3, 4)), "5: scheduler load-initial-schedule"],
    ),
    "a console script": (
        "run.sh",
        "export A=b\nA=c exec gso scheduler run\n",
        ["2: scheduler run"],
    ),
    "a variable": (
        "run.sh",
        '$PYTHON "$MAIN" scheduler run\n${CLI} scheduler run\n',
        ["2: scheduler run"],
    ),
    "systemd": (
        "systemd/scheduler.service",
        """
        [Unit]
        Description=Runs python main.py scheduler run
        After=postgresql.service

        [Service]
        ; ExecStart=python main.py scheduler run
        ExecStart=/srv/app/.venv/bin/python main.py \\
            scheduler run
        """,
        ["8: scheduler run"],
    ),
    "a unit of Podman": (
        "scheduler.container",
        "[Container]\nImage=app\nExec=scheduler run\n",
        ["3: scheduler run"],
    ),
    "render.yaml": (
        "render.yaml",
        "services:\n  - type: worker\n    dockerCommand: scheduler run\n",
        ["3: scheduler run"],
    ),
    "Ansible": (
        "roles/app/tasks/main.yml",
        """
        - name: Migrate
          ansible.builtin.command: python main.py db upgrade heads
        - name: Scheduler
          containers.podman.podman_container:
            name: scheduler
            command:
              - scheduler
              - run
        """,
        ["2: db upgrade", "7: scheduler run"],
    ),
    "a template of a systemd unit": (
        "ansible/templates/scheduler.service.j2",
        "[Service]\nExecStart={{ venv }}/bin/python {{ app }}/main.py scheduler run\n",
        ["2: scheduler run"],
    ),
    "a Procfile": (
        "Procfile",
        "web: uvicorn wsgi:app\nscheduler: python main.py scheduler run\nrelease: python main.py db upgrade heads\n",
        ["2: scheduler run", "3: db upgrade"],
    ),
    "a Makefile": (
        "Makefile",
        """
        .PHONY: scheduler run
        scheduler: db
        \t@$(PYTHON) main.py scheduler run
        """,
        ["3: scheduler run"],
    ),
    "supervisord": (
        "supervisord.conf",
        """
        [program:scheduler]
        command=python main.py scheduler run
        autostart=true
        """,
        ["2: scheduler run"],
    ),
    "GitHub": (
        ".github/workflows/deploy.yml",
        """
        on: push
        jobs:
          schedule:
            steps:
              - name: Run python main.py scheduler run
                run: |
                  echo "python main.py scheduler run"
                  python main.py scheduler load-initial-schedule
              - run: python main.py db upgrade heads
        """,
        ["8: scheduler load-initial-schedule", "9: db upgrade"],
    ),
    "GitLab": (
        ".gitlab-ci.yml",
        """
        deploy:
          script:
            - cd app
            - python main.py db upgrade heads
            - |
              python main.py scheduler run
          needs: [scheduler, run]
        """,
        ["4: db upgrade", "6: scheduler run"],
    ),
    "a Jenkinsfile": (
        "Jenkinsfile",
        """
        // sh 'python main.py scheduler run'
        sh 'python main.py scheduler run'
        sh(script: "python main.py db upgrade heads")
        """,
        ["2: scheduler run", "3: db upgrade"],
    ),
    "fly.toml": (
        "fly.toml",
        """
        [processes]
        web = "uvicorn wsgi:app"
        scheduler = "python main.py scheduler run"
        """,
        ["3: scheduler run"],
    ),
    "Terraform": (
        "main.tf",
        """
        container {
          // command = ["python", "main.py", "scheduler", "run"]
          command = ["python", "main.py",
                     "scheduler", "run"]
        }
        """,
        ["4: scheduler run"],
    ),
    "Terraform, lists that are put together": (
        "main.tf",
        'command = concat(["python", "main.py"], ["scheduler", "run"])\n',
        ["1: scheduler run"],
    ),
    "a task definition": (
        "task.json",
        '{"containers": [{"name": "scheduler",\n  "command": ["python", "main.py",\n "scheduler", "run"]}]}\n',
        ["3: scheduler run"],
    ),
    "a crontab": (
        "crontab",
        "# m h dom\n0 3 * * * /srv/app/main.py scheduler force nightly\n",
        ["2: scheduler force"],
    ),
}


@pytest.mark.parametrize(("name", "content", "expected"), FORMS.values(), ids=FORMS.keys())
def test_the_command_is_found_in(tmp_path: Path, name: str, content: str, expected: list[str]) -> None:
    assert found(tmp_path, name, content) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfpython main.py scheduler run\r\n",
        "python main.py scheduler run\n".encode("utf-16"),
        b"# caf\xe9 \xff\xfe\npython main.py scheduler run",
        b"# old Mac\rpython main.py scheduler run\r",
    ],
    ids=["BOM", "UTF-16", "Latin-1", "CR"],
)
def test_the_command_is_found_in_any_encoding_and_with_any_line_ends(tmp_path: Path, data: bytes) -> None:
    assert [one.rpartition(": ")[2] for one in found(tmp_path, "run.sh", data)] == ["scheduler run"]


# Look-alikes

LOOK_ALIKES = {
    "Kubernetes' own scheduler": (
        "kube-scheduler.yaml",
        """
        spec:
          schedulerName: scheduler
          containers:
            - name: kube-scheduler
              command:
                - kube-scheduler
                - --leader-elect=true
              args: ["scheduler"]
        """,
    ),
    "a scheduler with options of its own": (
        "custom.yaml",
        'command: ["scheduler", "--config=/etc/config.yaml"]\n',
    ),
    "Airflow in compose": (
        "docker-compose.yaml",
        """
        x-common: &common
          image: apache/airflow:2.9
        services:
          airflow-scheduler:
            <<: *common
            command: scheduler
        """,
    ),
    "Airflow in a chart": (
        "airflow.yaml",
        'args: ["bash", "-c", "exec airflow scheduler"]\ncommand: [airflow, scheduler, run]\n',
    ),
    "a service that others need": (
        "compose.yml",
        """
        services:
          api:
            depends_on:
              - scheduler
            profiles: ["scheduler"]
            labels:
              - scheduler
          scheduler:
            run: true
        """,
    ),
    "services that are started and looked at": (
        "run.sh",
        """
        docker compose up -d scheduler
        docker compose logs scheduler run
        docker compose run scheduler run
        systemctl restart scheduler
        make scheduler run
        cd scheduler; run
        """,
    ),
    "Celery, Dask, Laravel, Flask": (
        "run.sh",
        """
        celery -A app beat --scheduler redbeat
        dask scheduler
        dask scheduler run
        php artisan schedule:run
        python manage.py scheduler run
        python -m airflow scheduler run
        flask db upgrade
        alembic db upgrade
        """,
    ),
    "what is only said": (
        "run.sh",
        """
        # python main.py scheduler run
        echo "python main.py scheduler run"
        echo starting main.py scheduler run
        printf '%s' 'python main.py scheduler run'
        usage="python main.py scheduler run"
        """,
    ),
    "another script of the project": ("run.sh", "python tools/jobs.py scheduler start\npython worker.py scheduler\n"),
    "documentation in YAML": (
        "mkdocs.yml",
        """
        # python main.py scheduler run
        nav:
          - Scheduler: scheduler.md
        description: python main.py scheduler run
        """,
    ),
    "prerequisites": ("Makefile", ".PHONY: scheduler run\nall: scheduler run\nscheduler run: db\n"),
    "a commented array": ("task.yaml", 'command:\n  - python\n  # - main.py\n  # - scheduler\n  - "run"\n'),
    "JSON that is data": (
        "en-GB.json",
        '{"scheduler": "scheduler", "run": "Run the scheduler", "title": "scheduler run"}',
    ),
}


@pytest.mark.parametrize(("name", "content"), LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
def test_nothing_is_found_in(tmp_path: Path, name: str, content: str) -> None:
    assert found(tmp_path, name, content) == []


def test_documentation_and_python_are_no_deployment_files(tmp_path: Path) -> None:
    command = "python main.py scheduler run\n"
    names = ["README.md", "docs/run.rst", "docs/run.txt", "docs/x/compose.yml", "run.py", "NOTES", "bin/tool"]
    assert said(tmp_path, dict.fromkeys(names, command)).commands == ()


# Which files


def test_what_git_ignores_and_other_peoples_folders_are_left_out(tmp_path: Path) -> None:
    names = ["build/run.sh", "node_modules/x/run.sh", ".tox/run.sh", ".venv/bin/run.sh", "env/run.sh", "deploy/run.sh"]
    files: dict[str, str | bytes] = dict.fromkeys(names, "python main.py scheduler run\n")
    files |= {".gitignore": "/build/\n", "env/pyvenv.cfg": ""}
    assert [one.path for one in said(tmp_path, files).commands] == [str(tmp_path / "deploy" / "run.sh")]


def test_what_lies_around_the_project_in_its_repository_counts_but_not_other_projects(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("deploy/compose.yml", "other/compose.yml", "orchestrator/compose.yml", "orchestrator/sub/x/run.sh"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("command: python main.py scheduler run\n")
    for name in ("other", "orchestrator", "orchestrator/sub"):
        (tmp_path / name / "setup.cfg").write_text("")
    places = [os.path.relpath(one.path, tmp_path) for one in Deployments().of(str(tmp_path / "orchestrator")).commands]
    assert places == ["deploy/compose.yml", "orchestrator/compose.yml"]


def test_a_home_that_is_a_repository_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "run.sh").write_text("python main.py scheduler run\n")
    project = tmp_path / "app"
    project.mkdir()
    assert len(said(project, {}).commands) == 1
    monkeypatch.setenv("HOME", str(tmp_path))
    assert said(project, {}).commands == ()


def test_what_is_too_large_or_cannot_be_read_is_said_and_what_is_binary_is_empty(tmp_path: Path) -> None:
    command = b"python main.py scheduler run\n"
    (tmp_path / "gone.sh").symlink_to("nowhere")
    files = {
        "large.sh": command * 40_000,
        "data.json": b'{"command": ["main.py", "scheduler", "run"]}' * 40_000,
        "binary.sh": b"\0" + command,
        "small.sh": command,
    }
    result = said(tmp_path, dict(files))
    assert [os.path.basename(one.path) for one in result.commands] == ["small.sh"]
    assert result.unread == (
        (str(tmp_path / "gone.sh"), "broken link to 'nowhere'"),
        (str(tmp_path / "large.sh"), "larger than 1 MB"),
    )


def test_a_command_that_is_spread_over_lines_is_told_on_one(tmp_path: Path) -> None:
    lines = "#!/bin/sh\ncd app && exec python \\\n  'main.py' \\\n  scheduler run -v  # for good\n"
    (one,) = said(tmp_path, {"run.sh": lines}).commands
    assert (one.row, one.text) == (4, "exec python main.py scheduler run -v")


# Bad input

_WORDS = [
    "{{",
    "}}",
    "- ",
    "# ",
    "<<",
    "EOF",
    "$(",
    "{#",
    "/*",
    "scheduler",
    "run",
    "main.py",
    "command",
    "CMD",
    "sh -c",
]
_PIECES = st.sampled_from([*"'\"`[]{},:=\\\n \t|>)\r\0é&;", *_WORDS])


@given(st.lists(_PIECES, max_size=60).map("".join))
def test_no_text_makes_the_reader_fail_and_every_row_exists(text: str) -> None:
    rows = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for syntax in ("shell", "docker", "keys", "json"):
        for command in commands(text, syntax, ("#", ";")):
            assert command.words
            assert all(1 <= word.row <= rows for word in command.words)


_NONSENSE = [
    "[",
    "{",
    "'",
    '"',
    "a: [\n",
    "sh -c '",
    "- ",
    "{{",
    "{#",
    "{{/*",
    '"a": [',
    '\\"',
    '"\\"',
    "x",
    "${",
    "\n/*",
    "a=",
    "<<E\n",
]


@pytest.mark.parametrize("name", ["x.yaml", "x.sh", "Dockerfile", "x.json"])
@pytest.mark.parametrize("piece", _NONSENSE)
def test_long_nonsense_is_read_in_time(tmp_path: Path, name: str, piece: str) -> None:
    started = time.process_time()
    text = "scheduler " + piece * (300_000 // len(piece))
    assert found(tmp_path, name, text) == []
    assert time.process_time() - started < 4
