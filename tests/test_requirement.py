"""What a project requires of orchestrator-core, and which version it is therefore checked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flake8_orch47.project.requirement import Requirement, at_least, below_47, requirements

if TYPE_CHECKING:
    from pathlib import Path


def stated(root: Path, **files: str) -> list[tuple[str, str, int]]:
    """Specifier, file and row of every requirement in these files (`__` is a dot, `___` a slash)."""
    for name, text in files.items():
        path = root / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [(one.specifier, os.path.relpath(one.path, root), one.row) for one in requirements(str(root))]


def one(specifier: str) -> Requirement:
    return Requirement(specifier, "/a", 1)


def poetry(root: Path, constraint: str) -> Requirement:
    """The one requirement that this constraint is under Poetry."""
    stated(root, pyproject__toml=f"[tool.poetry.dependencies]\norchestrator-core = {constraint}\n")
    (requirement,) = requirements(str(root))
    return requirement


class TestBelow47:
    @pytest.mark.parametrize(
        "specifier",
        [
            "==4.6.5",
            "===4.6.5",
            "==4.6.5+local.1",
            "==4.6.*",
            "~=4.6.0",
            "~=4.6.5",
            "<4.7",
            "<4.7.0",
            "<4.7.0a1",
            "<4.7.dev0",
            "<=4.6.99",
            ">=4.4,<4.7",
            ">=4.4,!=4.7.*,<4.8",
            "==4.6.100",
            "==4.6.5.post1",
            "<4",
            "<1",
            "==3.2.3",
            "==4.7.*,<4.7||<4.7",
        ],
    )
    def test_what_admits_nothing_from_47_on_is_below(self, specifier: str) -> None:
        assert below_47([one(specifier)]) == one(specifier)

    @pytest.mark.parametrize(
        "specifier",
        [
            "",
            ">=4.6",
            "~=4.6",
            "<5,>=4.4",
            "!=4.7.*",
            "==4.7.0rc1",
            "<=4.7.0a1",
            "<4.7.0b1",
            "<=4.7",
            "==4.7.1",
            "==4.7.42",
            "==4.8.0rc3",
            "==4.7.0.dev3",
            ">4.6.5,<4.7.1",
            "==4.*",
            ">=7",
            "==6.1",
            "<4.7||>=5",
        ],
    )
    def test_what_admits_something_from_47_on_is_not(self, specifier: str) -> None:
        assert below_47([one(specifier)]) is None

    @pytest.mark.parametrize("specifier", [">=5,<4", "not a version", "==4.6.5,==4.7.0"])
    def test_what_admits_nothing_at_all_says_nothing(self, specifier: str) -> None:
        assert below_47([one(specifier)]) is None
        assert at_least([one(specifier)]) is None

    def test_the_strictest_of_several_is_the_one(self) -> None:
        several = [one(">=4.4"), one("<4.7"), one("==4.6.2"), one("==4.6.*")]
        assert below_47(several) == one("==4.6.2")
        assert below_47(several[::-1]) == one("==4.6.2")

    def test_of_several_equally_strict_the_first_is_the_one(self) -> None:
        several = [Requirement("==4.6.5", path, 1) for path in "ba"]
        assert below_47(several) == several[0]

    def test_nothing_stated_is_nothing_below(self) -> None:
        assert below_47([]) is None


class TestAtLeast:
    @pytest.mark.parametrize(
        ("specifiers", "minor"),
        [
            ([">=5.0"], (5, 0)),
            ([">=5"], (5, 0)),
            (["==4.8.2"], (4, 8)),
            ([">=4.4"], (4, 7)),
            ([""], (4, 7)),
            (["==4.6.5"], (4, 7)),
            (["==4.7.0rc1"], (4, 7)),
            (["==5.0.0a3"], (5, 0)),
            ([">4.7.2"], (4, 7)),
            ([">4.7.99"], (4, 7)),
            (["!=4.7.*"], (4, 8)),
            ([">=5.5,<6"], (5, 5)),
            ([">=4.4", "==5.1.3", "<6"], (5, 1)),
            ([">=4.7,<5", ">=4.8"], (4, 8)),
            ([">=5", "<5"], (4, 7)),
            ([">=4.9"], (5, 0)),
            (["==4.9.*"], (4, 9)),
            (["==5.42.1"], (5, 42)),
            ([">=6.3"], (6, 3)),
            (["==4.6.5||>=4.8"], (4, 8)),
        ],
    )
    def test_the_lowest_minor_release_that_all_admit(self, specifiers: list[str], minor: tuple[int, int]) -> None:
        assert at_least([one(specifier) for specifier in specifiers]) == minor

    def test_nothing_stated_is_none(self) -> None:
        assert at_least([]) is None


VERSIONS = [Version(f"{major}.{minor}.{micro}") for major in (4, 5) for minor in range(14) for micro in range(12)]
BOUNDS = st.one_of(
    st.builds(
        "{}{}.{}.{}".format,
        st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "~="]),
        st.sampled_from([4, 5]),
        st.integers(0, 8),
        st.integers(0, 9),
    ),
    st.builds(
        "{}{}.*".format,
        st.sampled_from(["==", "!="]),
        st.sampled_from(["4", "5", "4.6", "4.7", "4.8", "5.0"]),
    ),
)


@given(st.lists(BOUNDS, min_size=1, max_size=3).map(",".join))
def test_the_answers_are_those_of_trying_every_version(specifier: str) -> None:
    admitted = list(SpecifierSet(specifier).filter(VERSIONS))
    late = {(version.major, version.minor) for version in admitted if version >= Version("4.7")}
    released = {minor for minor in late if minor <= (4, 8) or (5, 0) <= minor <= (5, 5)}
    if admitted:
        # What lies past the versions tried here counts too.
        later = [Version(text) in SpecifierSet(specifier) for text in ("6.0.0", "4.99.0", "5.99.0")]
        assert (below_47([one(specifier)]) is None) == (bool(late) or any(later))
    if released:
        assert at_least([one(specifier)]) == min(released)


class TestPyproject:
    def test_every_table_of_dependencies_counts(self, tmp_path: Path) -> None:
        text = """\
[project]
name = "app"
dependencies = [
  "requests",
  "orchestrator-core[celery] >=4.4,<6",  # comment
]
[project.optional-dependencies]
old = ["Orchestrator.Core==4.4.0"]
[dependency-groups]
dev = [{include-group = "lint"}, "orchestrator_core==4.5.0"]
lint = ["orchestrator-core<5.4"]
[tool.uv]
constraint-dependencies = ["orchestrator-core<5.1"]
override-dependencies = ["orchestrator-core<5.2"]
dev-dependencies = ["orchestrator-core<5.3"]
[tool.pdm.dev-dependencies]
test = ["orchestrator-core<5.5", "-e file:///x#egg=orchestrator-core"]
[tool.hatch.envs.default]
dependencies = ["orchestrator-core<5.6"]
extra-dependencies = ["orchestrator--core<5.7"]
"""
        assert sorted(stated(tmp_path, pyproject__toml=text), key=lambda found: found[2]) == [
            (specifier, "pyproject.toml", row)
            for specifier, row in [
                ("<6,>=4.4", 5),
                ("==4.4.0", 8),
                ("==4.5.0", 10),
                ("<5.4", 11),
                ("<5.1", 13),
                ("<5.2", 14),
                ("<5.3", 15),
                ("<5.5", 17),
                ("<5.6", 19),
                ("<5.7", 20),
            ]
        ]

    def test_equal_statements_have_a_row_each(self, tmp_path: Path) -> None:
        text = """\
[project]
dependencies = ["orchestrator-core<5"]
[dependency-groups]
dev = [
  # "orchestrator-core<5"
  "orchestrator-core<5",
]
"""
        assert [row for _, _, row in stated(tmp_path, pyproject__toml=text)] == [2, 6]

    def test_other_packages_do_not_count(self, tmp_path: Path) -> None:
        names = ["orchestrator-core-ui<4", "my-orchestrator-core<4", "orchestrator<4", "orchestrator-core4<4"]
        text = f"[project]\ndependencies = {names}\n"
        assert stated(tmp_path, pyproject__toml=text) == []

    @pytest.mark.parametrize(
        "requirement",
        [
            "orchestrator-core @ git+https://example.org/orchestrator-core@4.6.5",
            "orchestrator-core @ file:///wheels/orchestrator_core-4.6.5-py3-none-any.whl",
            "orchestrator-core {root:uri}",
            "orchestrator-core == nonsense !",
        ],
    )
    def test_urls_and_what_cannot_be_read_are_unknown(self, tmp_path: Path, requirement: str) -> None:
        assert stated(tmp_path, pyproject__toml=f"[project]\ndependencies = ['{requirement}']\n") == []

    @pytest.mark.parametrize(
        ("marker", "counts"),
        [
            ("python_version < '3.11'", False),
            ("python_version<='3.10'", False),
            ("python_full_version < '3.11.0'", False),
            ("'3.10' >= python_version", False),
            ("python_version == '3.9' and sys_platform == 'linux'", False),
            ("python_version in '3.9 3.10'", False),
            ("python_version < '3.9' or python_version == '3.10'", False),
            ("python_version < '3.11' or sys_platform == 'win32'", True),
            ("python_version < '3.12'", True),
            ("python_version == '3.13'", True),
            ("python_full_version < '3.11.4'", True),
            ("python_full_version == '3.12.3'", True),
            ("python_version >= '3'", True),
            ("python_version in '3.9 3.11'", True),
            ("sys_platform == 'win32'", True),
            ("extra == 'x' and platform_machine not in 'a b'", True),
            ("implementation_name == 'pypy'", True),
        ],
    )
    def test_what_no_python_from_311_on_installs_does_not_count(
        self, tmp_path: Path, marker: str, counts: bool
    ) -> None:
        text = f'[project]\ndependencies = ["orchestrator-core==4.6.5; {marker}"]\n'
        assert stated(tmp_path, pyproject__toml=text) == [("==4.6.5", "pyproject.toml", 2)] * counts

    @pytest.mark.parametrize(
        "text",
        [
            "[project]\ndependencies = ['orchestrator-core==4.6.5'",
            "project = 'orchestrator-core'",
            "[project]\ndependencies = 'orchestrator-core<4.7'\n[tool]\npoetry = ['orchestrator-core']",
            "[project.dependencies]\norchestrator-core = '<4.7'\n[tool.poetry]\ngroup = 'orchestrator-core'",
            "[project]\ndependencies = [1, ['orchestrator-core<4.7']]",
        ],
    )
    def test_what_is_no_valid_file_is_passed_over(self, tmp_path: Path, text: str) -> None:
        assert stated(tmp_path, pyproject__toml=text) == []

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("pyproject__toml", "[project]\nname = 'Orchestrator_Core'\n"),
            ("pyproject__toml", "[tool.poetry]\nname = 'orchestrator-core'\n"),
            ("setup__cfg", "[metadata]\nname = orchestrator-core\n"),
            ("setup__py", "import setuptools\nsetuptools.setup(name='orchestrator-core')\n"),
        ],
    )
    def test_the_framework_requires_nothing_of_itself(self, tmp_path: Path, name: str, text: str) -> None:
        assert stated(tmp_path, **{name: text, "requirements__txt": "orchestrator-core[dev]==4.6.5"}) == []

    def test_the_files_that_setuptools_reads_count(self, tmp_path: Path) -> None:
        text = """\
[tool.setuptools.dynamic]
dependencies = {file = "base.in"}
optional-dependencies.x = {file = ["extra.in", "gone.in"]}
"""
        assert stated(
            tmp_path,
            pyproject__toml=text,
            base__in="orchestrator-core<5",
            extra__in="\norchestrator-core<5.1",
        ) == [("<5", "base.in", 1), ("<5.1", "extra.in", 2)]


class TestPoetry:
    @pytest.mark.parametrize(
        ("constraint", "below"),
        [
            ("^4.6", False),
            ("^4", False),
            ("~4", False),
            ("~4.6", True),
            ("~4.6.5", True),
            ("~=4.6", False),
            ("~=4.6.0", True),
            ("4.6.5", True),
            ("4.7.2", False),
            ("=4.6.5", True),
            ("v4.6.5", True),
            ("4.6.*", True),
            ("4.6.x", True),
            ("4.*", False),
            ("*", False),
            (">=4.4,<4.7", True),
            (">=4.4 <4.7", True),
            (">= 4.4, < 4.8", False),
            ("^4.6,<4.7", True),
            ("^4.4 || ^5.0", False),
            ("~4.4 | ~4.5", True),
            ("!=4.7.*", False),
            ("^0.5.3", True),
            ("^4.7.0rc1", False),
        ],
    )
    def test_constraints_mean_what_poetry_means(self, tmp_path: Path, constraint: str, below: bool) -> None:
        requirement = poetry(tmp_path, f'"{constraint}"')
        assert (below_47([requirement]) is not None) == below
        assert requirement.row == 2

    @pytest.mark.parametrize(
        ("constraint", "specifier"),
        [
            ("^4.6.1", ">=4.6.1,<5"),
            ("^0.5.3", ">=0.5.3,<0.6"),
            ("^0.0.3", ">=0.0.3,<0.0.4"),
            ("^0.0", ">=0.0,<0.1"),
            ("~4.6.1", ">=4.6.1,<4.7"),
            ("~4", ">=4,<5"),
            ("4.6.5", "==4.6.5"),
            ("*", ""),
            ("^4.4 || ~5.0", ">=4.4,<5||>=5.0,<5.1"),
        ],
    )
    def test_constraints_become_specifiers(self, tmp_path: Path, constraint: str, specifier: str) -> None:
        assert poetry(tmp_path, f'"{constraint}"').specifier == specifier

    def test_tables_groups_and_several_constraints_count(self, tmp_path: Path) -> None:
        text = """\
[tool.poetry.dependencies]
Orchestrator_Core = {version = "~4.5", extras = ["celery"]}
[tool.poetry.dev-dependencies]
orchestrator-core = [
  {version = "~4.2", python = "<3.11"},
  {version = "~4.3", python = ">=3.11,<3.12"},
  {version = "~4.4", markers = "python_version < '3.10'"},
  {git = "https://example.org/orchestrator-core.git"},
]
[tool.poetry.group.a.dependencies]
orchestrator-core = "~4.6"
[tool.poetry.group.b.dependencies.orchestrator-core]
version = "~4.7"
"""
        assert stated(tmp_path, pyproject__toml=text) == [
            (">=4.5,<4.6", "pyproject.toml", 2),
            (">=4.3,<4.4", "pyproject.toml", 4),
            (">=4.6,<4.7", "pyproject.toml", 11),
            (">=4.7,<4.8", "pyproject.toml", 12),
        ]


class TestRequirementFiles:
    def test_the_files_of_the_root_and_of_its_folder_count(self, tmp_path: Path) -> None:
        assert stated(
            tmp_path,
            requirements__txt="orchestrator-core<5",
            **{
                "requirements-dev__txt": "# x\nOrchestrator_Core [celery] == 4.6.5\n",
                "requirements___base__txt": "orchestrator-core<5.1",
                "requirements___notes__md": "orchestrator-core<5.2",
                "dev-requirements__txt": "orchestrator-core<5.3",
                "sub___requirements__txt": "orchestrator-core<5.4",
            },
        ) == [
            ("==4.6.5", "requirements-dev.txt", 2),
            ("<5", "requirements.txt", 1),
            ("<5.1", "requirements/base.txt", 1),
        ]

    @pytest.mark.parametrize(
        "line",
        [
            "-r {}",
            "-r{}",
            "--requirement {}",
            "--requirement={}",
            "-c {}",
            "-c{}",
            "--constraint {}",
            "  -r {} # x",
        ],
    )
    def test_included_files_count_relative_to_the_file(self, tmp_path: Path, line: str) -> None:
        assert stated(
            tmp_path,
            requirements__txt=line.format("more/x.in"),
            more___x__in="-c ../y.in",
            y__in="orchestrator-core<5",
        ) == [("<5", "y.in", 1)]

    def test_cycles_end(self, tmp_path: Path) -> None:
        assert stated(
            tmp_path,
            requirements__txt="-r requirements.txt\n-r a.in\norchestrator-core<5",
            a__in="-r ./requirements.txt\n-r gone.txt\n-r https://example.org/r.txt\norchestrator-core<6",
        ) == [("<5", "requirements.txt", 3), ("<6", "a.in", 4)]

    def test_pips_lines_are_read_as_pip_does(self, tmp_path: Path) -> None:
        text = """\
--index-url https://example.org/orchestrator-core
# orchestrator-core==1.0
orchestrator-core==4.6.5 \\
    --hash=sha256:abc \\
    --hash=sha256:def
    # via app
orchestrator-core\\
  >=4.4 ; python_version > "3" # comment
  orchestrator-core[x,y]~=4.5 --config-settings a=b
-e git+https://example.org/x.git#egg=orchestrator-core
https://example.org/orchestrator_core-4.6.5-py3-none-any.whl
./orchestrator_core-4.6.5-py3-none-any.whl
orchestrator-core @ https://example.org/orchestrator_core-4.6.5-py3-none-any.whl
orchestrator-core-extra==4.6.5
orchestrator-core
orchestrator-core<4.7; python_version < "3.11"
orchestrator-core<5.1"""
        assert stated(tmp_path, requirements__txt=text) == [
            (specifier, "requirements.txt", row)
            for specifier, row in [("==4.6.5", 3), (">=4.4", 7), ("~=4.5", 9), ("", 15), ("<5.1", 17)]
        ]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
    def test_any_encoding_that_occurs_is_read(self, tmp_path: Path, encoding: str) -> None:
        (tmp_path / "requirements.txt").write_bytes("# é\r\norchestrator-core==4.6.5\r\n".encode(encoding))
        assert stated(tmp_path) == [("==4.6.5", "requirements.txt", 2)]

    def test_a_folder_with_the_name_of_a_file_is_passed_over(self, tmp_path: Path) -> None:
        for name in ("requirements.txt", "pyproject.toml", "setup.py", "setup.cfg", "uv.lock", "Pipfile"):
            (tmp_path / name).mkdir()
        assert stated(tmp_path) == []
        assert requirements(str(tmp_path / "gone")) == ()


class TestSetup:
    def test_setup_cfg_counts(self, tmp_path: Path) -> None:
        text = """\
[metadata]
name = app
[options]
install_requires =
    requests
    # orchestrator-core==1.0
    orchestrator-core>=4.4; python_version > "3"  # comment
tests_require = requests; orchestrator-core<5.1
[options.extras_require]
old =
    orchestrator-core<4.7
"""
        assert stated(tmp_path, setup__cfg=text) == [
            (">=4.4", "setup.cfg", 7),
            ("<5.1", "setup.cfg", 8),
            ("<4.7", "setup.cfg", 11),
        ]

    def test_the_files_that_setup_cfg_names_count(self, tmp_path: Path) -> None:
        text = """\
[options]
install_requires = file: a.in, b.in
tests_require = file:
  c.in
  d.in
"""
        assert stated(
            tmp_path,
            setup__cfg=text,
            a__in="orchestrator-core<5",
            b__in="orchestrator-core<6",
            c__in="orchestrator-core<7",
            d__in="orchestrator-core<8",
        ) == [("<5", "a.in", 1), ("<6", "b.in", 1), ("<7", "c.in", 1), ("<8", "d.in", 1)]

    @pytest.mark.parametrize("text", ["orchestrator-core", "[options]\na=1\n[options]\nb=orchestrator-core\n"])
    def test_a_setup_cfg_that_cannot_be_read_is_passed_over(self, tmp_path: Path, text: str) -> None:
        assert stated(tmp_path, setup__cfg=text) == []

    def test_what_setup_py_states_literally_counts(self, tmp_path: Path) -> None:
        text = '''\
from setuptools import setup
CORE = "orchestrator-core<5.1"
BASE: list[str] = ["requests", CORE]
BASE += ("orchestrator-core<5.2",)
LOOP = LOOP2 = ["orchestrator-core<5.3"]
LOOP = LOOP + LOOP2
setup(
    name="app",
    install_requires=["orchestrator-core>=4.4", *BASE] + read("requirements.in"),
    extras_require={"a": LOOP, "b": """
        requests
        orchestrator-core<5.4
    """},
    tests_require={"orchestrator-core<5.5"},
    description="orchestrator-core<4.7",
)
other(install_requires=["orchestrator-core<4.6"])
'''
        assert sorted(stated(tmp_path, setup__py=text), key=lambda found: found[2]) == [
            ("<5.1", "setup.py", 2),
            ("<5.2", "setup.py", 4),
            ("<5.3", "setup.py", 5),
            (">=4.4", "setup.py", 9),
            ("<5.4", "setup.py", 12),
            ("<5.5", "setup.py", 14),
        ]

    def test_a_setup_py_that_cannot_be_parsed_is_passed_over(self, tmp_path: Path) -> None:
        assert stated(tmp_path, setup__py="setup(install_requires=['orchestrator-core<4.7']") == []


class TestLocks:
    UV = """\
version = 1

[[package]]
name = "my-orchestrator-core"
version = "1.0"
dependencies = [{ name = "orchestrator-core" }]

[[package]]
name = "orchestrator-core"
version = "4.6.5"
source = { registry = "https://example.org/simple" }
resolution-markers = ["python_full_version < '3.12'", "python_full_version < '3.11'"]
dependencies = [
    { name = "requests" },
]

[package.optional-dependencies]
celery = [{ name = "celery" }]

[[package]]
name = "orchestrator-core"
version = "4.4.0"
resolution-markers = ["python_full_version < '3.11'"]

[[package]]
name = "requests"
version = "2.32.0"
"""

    @pytest.mark.parametrize("name", ["uv__lock", "poetry__lock", "pdm__lock"])
    def test_the_exact_version_counts(self, tmp_path: Path, name: str) -> None:
        assert stated(tmp_path, **{name: self.UV}) == [("==4.6.5", name.replace("__", "."), 9)]

    @pytest.mark.parametrize("key", ["markers", "marker"])
    def test_what_no_python_from_311_on_installs_does_not_count(self, tmp_path: Path, key: str) -> None:
        text = '[[package]]\nname = "orchestrator-core"\nversion = "4.4.0"\n'
        text += f"{key} = 'python_version < \"3.11\"'\n"
        assert stated(tmp_path, poetry__lock=text) == []
        assert stated(tmp_path, poetry__lock=text.replace("3.11", "3.12")) == [("==4.4.0", "poetry.lock", 2)]

    def test_the_standard_lock_file_counts(self, tmp_path: Path) -> None:
        text = 'lock-version = "1.0"\n[[packages]]\nname = "orchestrator-core"\nversion = "4.8.2"\n'
        assert stated(tmp_path, pylock__toml=text) == [("==4.8.2", "pylock.toml", 3)]

    @pytest.mark.parametrize("version", ["", "version = 4\n", "version = '4.6.5\n"])
    def test_a_lock_that_cannot_be_read_is_passed_over(self, tmp_path: Path, version: str) -> None:
        assert stated(tmp_path, uv__lock=f'[[package]]\nname = "orchestrator-core"\n{version}') == []

    def test_pipenvs_files_count(self, tmp_path: Path) -> None:
        pipfile = """\
[[source]]
url = "https://example.org/orchestrator-core"
[packages]
orchestrator-core = "~=4.6"
[dev-packages]
orchestrator-core = {version = "<5.1", extras = ["celery"]}
[docs]
orchestrator-core = {path = "."}
"""
        lock = '{"_meta": {},\n "default": {\n "orchestrator-core": {\n "version": "==4.6.5"}},\n "develop": {}}'
        assert stated(tmp_path, Pipfile=pipfile, Pipfile__lock=lock) == [
            ("~=4.6", "Pipfile", 4),
            ("<5.1", "Pipfile", 6),
            ("==4.6.5", "Pipfile.lock", 3),
        ]
        assert stated(tmp_path, Pipfile="orchestrator-core = ", Pipfile__lock="['orchestrator-core']") == []


def test_the_strictest_statement_of_a_project_is_found_with_its_place(tmp_path: Path) -> None:
    stated(
        tmp_path,
        pyproject__toml='[project]\nname = "app"\ndependencies = ["orchestrator-core>=4.4"]\n',
        uv__lock='[[package]]\nname = "orchestrator-core"\nversion = "4.6.5"\n',
    )
    assert below_47(requirements(str(tmp_path))) == Requirement("==4.6.5", str(tmp_path / "uv.lock"), 2)
    assert at_least(requirements(str(tmp_path))) == (4, 7)
