"""The virtual environments that the commands run from: each tool alone, as its users install it.

flake8 is measured with and without the plugin from two environments of the same flake8, because a plugin that is
installed runs whatever is selected.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

from trees import CACHE

__all__ = ["VERSIONS", "path"]

#: What is installed where. The environment `ours` also gets the project, anew in every run.
VERSIONS = {
    "ours": ("flake8==7.5.0",),
    "flake8": ("flake8==7.5.0",),
    "flake8-async": ("flake8-async==26.8.1",),
    "ruff": ("ruff==0.17.6",),
    "django-upgrade": ("django-upgrade==1.33.0",),
}

#: The project whose engine is measured: another checkout can be compared by naming it here.
PROJECT = os.environ.get("ORCH47_PROJECT") or os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@cache
def path(name: str, command: str) -> str:
    """The path of an environment's command; the environment is made, and `ours` brought up to date, once per run.

    Raises subprocess.CalledProcessError where something cannot be installed.
    """
    return os.path.join(_environment(name), "Scripts" if os.name == "nt" else "bin", command)


@cache
def _environment(name: str) -> str:
    wanted = VERSIONS[name]
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    top = os.path.join(CACHE, "environments", f"{name}-{python}-" + "-".join(wanted).replace("==", "_"))
    if not os.path.exists(os.path.join(top, "complete")):
        _quietly(sys.executable, "-m", "venv", "--clear", top)
        _install(top, *wanted)
        with open(os.path.join(top, "complete"), "w", encoding="utf-8"):
            pass
    if name == "ours":
        _install(top, PROJECT)
        _install(top, "--force-reinstall", "--no-deps", PROJECT)
    return top


def _install(top: str, *what: str) -> None:
    python = os.path.join(top, "Scripts" if os.name == "nt" else "bin", "python")
    _quietly(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what)


def _quietly(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=CACHE)
