"""Which files belong to a project, and which of them are left out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flake8_orch47
from flake8_orch47.findings import UNREADABLE, Span
from flake8_orch47.project.discovery import expand, find_root, walk
from flake8_orch47.project.tree import Project

if TYPE_CHECKING:
    from pathlib import Path


def plant(folder: Path, *names: str) -> None:
    """Empty files; a name that ends with a slash is a folder."""
    for name in names:
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()


def found(folder: Path, below: str = "") -> list[str]:
    """What a walk of `folder` (or of a folder in it) finds, relative to `folder`."""
    return [os.path.relpath(path, folder) for path in walk(str(folder / below), str(folder))]


def problem(folder: Path, name: str, *paths: str) -> str:
    """The message of the one problem that expanding `paths` has, which has to be at `name`."""
    (finding,) = expand([str(folder / path) for path in paths or [""]]).problems
    assert finding.span == Span(str(folder / name), 1, 0, 1, 0)
    assert finding.code == UNREADABLE == "ORC000"
    assert "\n" not in finding.message
    return finding.message


class TestFindRoot:
    @pytest.mark.parametrize(
        "marker", ["pyproject.toml", "setup.cfg", "setup.py", "tox.ini", ".flake8", ".git", ".git/HEAD"]
    )
    def test_each_marker_makes_a_root(self, tmp_path: Path, marker: str) -> None:
        plant(tmp_path, f"project/{marker}", "project/a/b/c.py")
        assert find_root(str(tmp_path / "project/a/b/c.py")) == str(tmp_path / "project")
        assert find_root(str(tmp_path / "project/a/b")) == str(tmp_path / "project")
        assert find_root(str(tmp_path / "project")) == str(tmp_path / "project")

    def test_the_nearest_marker_wins(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "app/pyproject.toml", "app/src/a.py", "other/b.py")
        assert find_root(str(tmp_path / "app/src/a.py")) == str(tmp_path / "app")
        assert find_root(str(tmp_path / "other/b.py")) == str(tmp_path)

    def test_without_a_marker_a_given_directory_is_the_root(self, tmp_path: Path) -> None:
        plant(tmp_path, "a/__init__.py", "a/b/__init__.py")
        assert find_root(str(tmp_path / "a/b")) == str(tmp_path / "a/b")

    def test_without_a_marker_the_root_of_a_file_is_above_its_outermost_package(self, tmp_path: Path) -> None:
        plant(tmp_path, "x/a/__init__.py", "x/a/b/__init__.py", "x/a/b/c.py", "x/d.py")
        assert find_root(str(tmp_path / "x/a/b/c.py")) == str(tmp_path / "x")
        assert find_root(str(tmp_path / "x/d.py")) == str(tmp_path / "x")

    def test_a_file_that_does_not_exist_yet_has_a_root(self, tmp_path: Path) -> None:
        plant(tmp_path, "setup.cfg", "a/")
        assert find_root(str(tmp_path / "a/unsaved.py")) == str(tmp_path)
        assert find_root(str(tmp_path / "nowhere/unsaved.py")) == str(tmp_path)


class TestWalk:
    def test_python_files_are_found_in_the_order_of_their_paths(self, tmp_path: Path) -> None:
        plant(tmp_path, "b.py", "a/z.py", "a/b/c.py", "a-b.py", "a.py", "a0.pyw", "c.pyi", "d.txt", "e.pyc")
        assert found(tmp_path) == ["a-b.py", "a.py", "a/b/c.py", "a/z.py", "a0.pyw", "b.py"]

    @pytest.mark.parametrize("name", [".venv", ".tox", ".a", "__pycache__", "node_modules", "site-packages"])
    def test_hidden_folders_caches_and_installed_packages_are_left_out(self, tmp_path: Path, name: str) -> None:
        plant(tmp_path, f"{name}/a.py", f"b/{name}/c/d.py", "b/e.py")
        assert found(tmp_path) == ["b/e.py"]

    @pytest.mark.parametrize("marker", ["pyvenv.cfg", "conda-meta/history"])
    def test_virtual_environments_are_left_out_whatever_they_are_called(self, tmp_path: Path, marker: str) -> None:
        plant(tmp_path, f"my/env/{marker}", "my/env/lib/a.py", "my/env/b.py", "my/c.py")
        assert found(tmp_path) == ["my/c.py"]

    def test_a_hidden_file_is_a_file(self, tmp_path: Path) -> None:
        plant(tmp_path, ".hidden.py")
        assert found(tmp_path) == [".hidden.py"]

    def test_a_folder_may_be_called_like_a_file(self, tmp_path: Path) -> None:
        plant(tmp_path, "a.py/b.py", "a.pyw/")
        assert found(tmp_path) == ["a.py/b.py"]

    def test_the_folder_given_is_walked_whatever_it_is(self, tmp_path: Path) -> None:
        plant(tmp_path, ".venv/pyvenv.cfg", ".venv/a.py", ".venv/.b/c.py", ".venv/site-packages/d.py")
        assert found(tmp_path, ".venv") == [".venv/a.py"]
        assert found(tmp_path, ".venv/site-packages") == [".venv/site-packages/d.py"]

    def test_a_final_separator_changes_nothing(self, tmp_path: Path) -> None:
        plant(tmp_path, "a/b.py")
        assert list(walk(f"{tmp_path}/", str(tmp_path))) == [str(tmp_path / "a/b.py")]

    def test_links_to_files_are_followed_and_links_to_folders_are_not(self, tmp_path: Path) -> None:
        plant(tmp_path, "elsewhere/a.py", "elsewhere/data.txt", "project/real/b.py")
        (tmp_path / "project/c.py").symlink_to("../elsewhere/a.py")
        (tmp_path / "project/d.py").symlink_to("../elsewhere/data.txt")
        (tmp_path / "project/folder").symlink_to("../elsewhere")
        (tmp_path / "project/e.py").symlink_to("../elsewhere")
        (tmp_path / "project/loop").symlink_to(".")
        assert found(tmp_path / "project") == ["c.py", "d.py", "real/b.py"]

    def test_a_link_to_a_folder_that_is_given_is_walked(self, tmp_path: Path) -> None:
        plant(tmp_path, "real/a.py")
        (tmp_path / "link").symlink_to("real")
        assert found(tmp_path, "link") == ["link/a.py"]

    def test_a_pipe_with_the_name_of_a_module_is_no_file(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.py")
        assert expand([str(tmp_path)]).files == ()
        assert expand([str(tmp_path)]).problems == ()

    def test_two_hundred_nested_folders_are_walked(self, tmp_path: Path) -> None:
        deep = "/".join(["d"] * 200) + "/a.py"
        plant(tmp_path, deep)
        assert found(tmp_path) == [deep]


class TestGitIgnore:
    def test_what_git_ignores_is_left_out(self, tmp_path: Path) -> None:
        plant(
            tmp_path,
            ".git/",
            "build/a.py",
            "x/build/b.py",
            "x/c_pb2.py",
            "x/d.py",
            "dist/e.py",
            "x/dist/f.py",
        )
        (tmp_path / ".gitignore").write_text("# generated\n\nbuild/\n*_pb2.py\n/dist\n")
        assert found(tmp_path) == ["x/d.py", "x/dist/f.py"]

    def test_a_nested_gitignore_holds_below_its_folder(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "a/gen.py", "a/b/gen.py", "c/gen.py")
        (tmp_path / "a/.gitignore").write_text("/gen.py\n")
        assert found(tmp_path) == ["a/b/gen.py", "c/gen.py"]

    def test_a_nested_gitignore_takes_back_what_one_above_ignores(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "a/gen.py", "c/gen.py")
        (tmp_path / ".gitignore").write_text("gen.py\n")
        (tmp_path / "a/.gitignore").write_text("!gen.py\n")
        assert found(tmp_path) == ["a/gen.py"]

    def test_what_lies_in_an_ignored_folder_cannot_be_taken_back(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "gen/keep.py", "gen/.gitignore")
        (tmp_path / ".gitignore").write_text("gen/\n!gen/keep.py\n")
        (tmp_path / "gen/.gitignore").write_text("!keep.py\n")
        assert found(tmp_path) == []

    def test_a_gitignore_may_list_what_is_kept(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "src/a/b.py", "c.py", "other/d.py")
        (tmp_path / ".gitignore").write_text("/*\n!/src\n")
        assert found(tmp_path) == ["src/a/b.py"]

    def test_everything_below_a_folder_may_be_ignored_but_for_the_folders(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "a/x.py", "a/b/x.py", "a/b/keep.py", "a/c/keep.py")
        (tmp_path / ".gitignore").write_text("/a/**\n!/a/b/\n!keep.py\n")
        assert found(tmp_path) == ["a/b/keep.py"]

    def test_a_space_at_the_end_of_a_pattern_counts_only_with_a_backslash(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "a/x.py", "a /x.py", "b/x.py", "b /x.py")
        (tmp_path / ".gitignore").write_text("a\\ \nb  \n")
        assert found(tmp_path) == ["a/x.py", "b /x.py"]

    def test_rules_above_the_walked_folder_hold(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "app/pyproject.toml", "app/src/gen.py", "app/src/a.py", "app/src/b/gen.py")
        (tmp_path / ".gitignore").write_text("gen.py\n")
        (tmp_path / "app/.gitignore").write_text("!/src/b/gen.py\n")
        assert found(tmp_path, "app/src") == ["app/src/a.py", "app/src/b/gen.py"]

    @pytest.mark.parametrize("given_folder", ["build", "build/sub"])
    @pytest.mark.parametrize("pattern", ["build", "build/", "/build/**", "*", "**"])
    def test_a_folder_given_inside_an_ignored_one_is_walked_by_its_own_rules(
        self, tmp_path: Path, pattern: str, given_folder: str
    ) -> None:
        plant(tmp_path, ".git/", "build/sub/a.py", "build/sub/b.py", "build/sub/.c/d.py")
        (tmp_path / ".gitignore").write_text(f"{pattern}\n")
        (tmp_path / "build/sub/.gitignore").write_text("b.py\n")
        expected = [] if (pattern, given_folder) == ("/build/**", "build") else ["build/sub/a.py"]
        assert found(tmp_path, given_folder) == expected

    def test_the_exclude_file_of_the_repository_holds(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/info/exclude", "a/mine.py", "a/b.py")
        (tmp_path / ".git/info/exclude").write_text("mine.py\n")
        assert found(tmp_path) == found(tmp_path, "a") == ["a/b.py"]

    def test_the_exclude_file_is_found_from_a_linked_working_tree(self, tmp_path: Path) -> None:
        plant(tmp_path, "main/.git/info/exclude", "main/.git/worktrees/w/commondir", "w/mine.py", "w/b.py")
        (tmp_path / "main/.git/info/exclude").write_text("mine.py\n")
        (tmp_path / "main/.git/worktrees/w/commondir").write_text("../..\n")
        (tmp_path / "w/.git").write_text(f"gitdir: {tmp_path}/main/.git/worktrees/w\n")
        assert found(tmp_path / "w") == ["b.py"]

    def test_a_repository_inside_another_has_its_own_rules(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "gen.py", "vendor/.git/info/exclude", "vendor/gen.py", "vendor/b.py")
        (tmp_path / ".gitignore").write_text("gen.py\n")
        (tmp_path / "vendor/.git/info/exclude").write_text("b.py\n")
        assert found(tmp_path) == ["vendor/gen.py"]

    def test_without_a_repository_the_rules_from_the_root_down_hold(self, tmp_path: Path) -> None:
        plant(tmp_path, "pyproject.toml", "a/gen.py", "a/b.py")
        (tmp_path / ".gitignore").write_text("gen.py\n")
        assert found(tmp_path) == found(tmp_path, "a") == ["a/b.py"]

    def test_lines_that_git_cannot_read_are_passed_over(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "a.py", "gen.py", "z.py")
        (tmp_path / ".gitignore").write_bytes(b"\xef\xbb\xbfgen.py\r\n!\r\n[z-a].py\r\n\\\r\n\xff\r\nz.py  \r\n")
        assert found(tmp_path) == ["a.py"]

    def test_pathspec_is_only_imported_for_a_pattern_that_is_not_plain(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "src/a.py", "src/b/c.py", "build/d.py", "x.egg-info/e.py", "dist")
        (tmp_path / ".gitignore").write_text("*.py[cod]\n*.so\nbuild/\n/dist\n.venv\ndocs/_build/\n*.egg-info/\n")
        code = (
            "import sys; from flake8_orch47.project.discovery import walk\n"
            "print(len(list(walk(sys.argv[1], sys.argv[1]))), 'pathspec' in sys.modules)"
        )
        run = [sys.executable, "-c", code, str(tmp_path)]
        here = os.path.dirname(os.path.dirname(flake8_orch47.__file__))
        assert subprocess.run(run, capture_output=True, text=True, check=True, cwd=here).stdout == "2 False\n"
        (tmp_path / ".gitignore").write_text("a?.py\nsrc/a.py\n")
        assert subprocess.run(run, capture_output=True, text=True, check=True, cwd=here).stdout == "3 True\n"

    @pytest.mark.skipif(not shutil.which("git"), reason="compares with git")
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        outer=st.lists(
            st.builds(
                "{}{}{}".format,
                st.sampled_from(["", "", "/", "!", "!/", "**/", "a/", "a/**/", "!a/b/"]),
                st.sampled_from(["a", "b", "x.py", "*.py", "?.py", "[xy].py", "[!x].py", "x*", "*", "a?", "ab"]),
                st.sampled_from(["", "", "/", "/*", "/**", " "]),
            ),
            max_size=6,
        ),
        inner=st.lists(st.sampled_from(["!x.py", "x.py", "!*", "/b", "!b/", "*.py", "ab", "!*.py"]), max_size=3),
    )
    def test_git_itself_leaves_out_the_same_files(self, tmp_path: Path, outer: list[str], inner: list[str]) -> None:
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        names = ["x.py", "y.py", "ab.py"]
        folders = ["", "a/", "a/b/", "b/", "ab/", "a/b/a/"]
        plant(tmp_path, *(folder + name for folder in folders for name in names))
        (tmp_path / ".gitignore").write_text("\n".join(outer))
        (tmp_path / "a/.gitignore").write_text("\n".join(inner))
        git = ["git", "-C", str(tmp_path), "-c", "core.excludesFile=/dev/null"]
        subprocess.run([*git, "init", "-q"], check=True)
        listing = subprocess.run(
            [*git, "ls-files", "--others", "--exclude-standard", "*.py"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert found(tmp_path) == sorted(listing.stdout.split())


class TestExpand:
    def test_files_come_in_the_given_order_each_once(self, tmp_path: Path) -> None:
        plant(tmp_path, "a/b.py", "a/c.py", "d.py")
        paths = [str(tmp_path / name) for name in ("d.py", "a/c.py", "a", "./a/../d.py", "a/")]
        discovery = expand(paths)
        assert discovery.files == tuple(str(tmp_path / name) for name in ("d.py", "a/c.py", "a/b.py"))
        assert discovery.problems == ()

    def test_a_file_that_is_given_is_taken_whatever_it_is(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "script", "stub.pyi", "gen.py", ".venv/lib/site-packages/a.py")
        (tmp_path / ".gitignore").write_text("gen.py\n")
        paths = [str(tmp_path / name) for name in ("script", "stub.pyi", "gen.py", ".venv/lib/site-packages/a.py")]
        assert expand(paths).files == tuple(paths)

    def test_relative_paths_become_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        plant(tmp_path, "a/b.py", "c.py")
        monkeypatch.chdir(tmp_path)
        assert expand(["c.py", "."]).files == (str(tmp_path / "c.py"), str(tmp_path / "a/b.py"))

    def test_a_missing_path_is_a_problem(self, tmp_path: Path) -> None:
        assert problem(tmp_path, "no.py", "no.py", "no.py") == "cannot be read: no such file or directory"

    def test_an_empty_path_is_a_problem_and_not_the_current_folder(self) -> None:
        (finding,) = expand([""]).problems
        assert finding.message == "cannot be read: no such file or directory"

    def test_a_path_with_a_nul_is_a_problem(self, tmp_path: Path) -> None:
        assert "embedded null" in problem(tmp_path, "a\0.py", "a\0.py")

    def test_a_broken_link_is_a_problem(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").symlink_to("gone\n.py")
        assert problem(tmp_path, "a.py", "a.py") == r"broken link to 'gone\n.py'"
        assert problem(tmp_path, "a.py") == r"broken link to 'gone\n.py'"

    def test_a_link_loop_is_a_problem(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").symlink_to("b")
        (tmp_path / "b").symlink_to("a.py")
        assert problem(tmp_path, "a.py", "a.py") == "link that leads back to itself"
        assert problem(tmp_path, "a.py") == "link that leads back to itself"

    def test_broken_links_that_nobody_reads_are_no_problem(self, tmp_path: Path) -> None:
        plant(tmp_path, ".git/", "env/pyvenv.cfg")
        (tmp_path / ".gitignore").write_text("gen.py\n")
        for name in ("gen.py", ".#edited.py", "data.txt", "env/a.py"):
            (tmp_path / name).symlink_to("gone")
        assert expand([str(tmp_path)]).problems == ()

    def test_what_is_neither_a_file_nor_a_folder_is_a_problem(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        assert problem(tmp_path, "pipe", "pipe") == "neither a file nor a folder"

    def test_an_unreadable_folder_is_a_problem_and_the_others_are_walked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plant(tmp_path, "a/b.py", "locked/c.py", "z.py")
        scandir = os.scandir

        def refuse(path: str) -> object:  # the tests may run as root, whom no permission stops
            if "locked" in path:
                raise PermissionError(13, "Permission denied", path)
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refuse)
        assert problem(tmp_path, "locked") == "folder cannot be read: permission denied"
        assert expand([str(tmp_path)]).files == (str(tmp_path / "a/b.py"), str(tmp_path / "z.py"))

    def test_a_folder_that_vanishes_during_the_walk_is_a_problem(self, tmp_path: Path) -> None:
        plant(tmp_path, "a.py", "b/c.py", "d.py")
        problems: list[object] = []
        files = walk(str(tmp_path), str(tmp_path), problems)  # type: ignore[arg-type]
        assert next(files) == str(tmp_path / "a.py")
        shutil.rmtree(tmp_path / "b")
        assert list(files) == [str(tmp_path / "d.py")]
        assert re.search("folder cannot be read: no such file or directory", str(problems))


def test_a_project_is_whole_if_its_root_is_given(tmp_path: Path) -> None:
    plant(tmp_path, "one/pyproject.toml", "one/a.py", "one/sub/b.py", "two/setup.py", "two/sub/c.py")
    paths = [str(tmp_path / name) for name in ("one", "two/sub", "two/setup.py")]
    assert expand(paths).whole == {str(tmp_path / "one")}
    assert not expand([str(tmp_path / "one/sub")]).whole


def test_a_whole_project_needs_no_walk(tmp_path: Path) -> None:
    plant(tmp_path, "pyproject.toml", "a.py", "b.py")
    linted = [str(tmp_path / "a.py")]
    assert Project(str(tmp_path), linted).files == (str(tmp_path / "a.py"), str(tmp_path / "b.py"))
    assert Project(str(tmp_path), linted, whole=True).files == tuple(linted)


def test_unsaved_contents_count_though_they_are_empty(tmp_path: Path) -> None:
    """A fix may take everything out of a file."""
    path = tmp_path / "jobs.py"
    path.write_bytes(b"x = 1\n")
    project = Project(str(tmp_path), [str(path)])
    assert project.read(str(path)) == b"x = 1\n"
    assert project.again({str(path): b""}).read(str(path)) == b""
