"""Which names may stand for given words: the answer leaves nothing out, in whatever order the questions come."""

from __future__ import annotations

import ast
import itertools

import pytest

from flake8_orch47.facts.collect import collect
from flake8_orch47.facts.vocabulary import Vocabulary

SOURCE = """\
from orchestrator.workflow import workflow, step as one_step
from tools import task
import orchestrator.workflows.utils as utils

try:
    from orchestrator.workflow import inputstep
except ImportError:
    def inputstep(name):
        return None


def retrystep(name):
    return None


def choose(kind):
    if kind:
        return workflow
    chosen = utils.create_workflow
    return chosen


def unrelated(user):
    return user.name


NAME = "modify_workflow"
modify = getattr(utils, NAME)
TOOLS = {}
TOOLS["terminate"] = utils.terminate_workflow
made = dict(create=choose(1))


class Kit:
    build = staticmethod(one_step)

    def step_group(self):
        return None

    def keep(self):
        self.kept = workflow
"""


def vocabulary() -> Vocabulary:
    return Vocabulary(collect(ast.parse(SOURCE), "/project/kit.py", SOURCE))


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("workflow", {"choose", "kept", "made", "create"}),
        ("step", {"one_step", "build"}),
        ("create_workflow", {"chosen", "choose", "made", "create"}),
        ("modify_workflow", {"NAME", "modify"}),
        ("terminate_workflow", {"TOOLS"}),
        ("retrystep", set()),
        ("nobody", set()),
    ],
)
def test_names_stand_for_what_they_are_made_of(word: str, names: set[str]) -> None:
    assert vocabulary().spread(frozenset({word})) == {word, *names}


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("workflow", {"workflow", "choose", "kept", "made"}),
        ("step", {"one_step", "build"}),
        ("task", {"task"}),
        ("inputstep", {"inputstep"}),
        ("retrystep", set()),
        ("step_group", set()),
        ("unrelated", set()),
    ],
)
def test_a_module_hands_on_what_it_imports_or_makes_but_no_function_of_its_own(word: str, names: set[str]) -> None:
    assert vocabulary().handed_on(frozenset({word})) == names


def test_the_order_of_the_questions_does_not_matter() -> None:
    words = ["workflow", "step", "create_workflow", "modify_workflow", "nobody"]
    alone = {word: vocabulary().spread(frozenset({word})) for word in words}
    for order in itertools.permutations(words):
        asked = vocabulary()
        growing: frozenset[str] = frozenset()
        for word in order:
            growing |= {word}
            assert asked.spread(growing) == frozenset().union(*(alone[one] for one in growing)), order
            assert asked.spread(frozenset({word})) == alone[word], order


def test_a_word_is_mentioned_where_it_is_called_or_something_is_made_of_it() -> None:
    for word in ("workflow", "create_workflow", "choose", "getattr"):
        assert vocabulary().mentions(frozenset({word})), word
    assert not vocabulary().mentions(frozenset({"nobody", "keep"}))


def test_only_some_answers_are_kept() -> None:
    asked = vocabulary()
    for count in range(50):
        asked.spread(frozenset({"workflow", f"word{count}"}))
    assert len(asked._known) <= 8
