"""ORC301 to ORC308: blocking calls in async contexts, each at its boundary call."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_orch47.records import Row
from flake8_orch47.resolution.execution import Chain, Leaf, Step, order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import ModuleFacts
    from flake8_orch47.findings import Finding, Hop
    from flake8_orch47.resolution.contexts import AsyncContext
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["BoundaryCall", "boundary_calls", "check_blocking"]

#: A message names so many hops; of a longer chain the first and the last of them.
_HOPS = 5


class BoundaryCall(Row):
    """The first sync call on the way from an async context to what blocks, with the shortest chain for each code."""

    context: AsyncContext
    step: Step
    chains: tuple[Chain, ...]


def check_blocking(analysis: Analysis) -> Iterator[Finding]:
    """The findings of ORC301 to ORC308 in the linted modules."""
    for boundary in boundary_calls(analysis):
        for chain in boundary.chains:
            yield from _report(analysis, boundary.context, chain)


def boundary_calls(analysis: Analysis) -> Iterator[BoundaryCall]:
    """Every place in an async context that blocks, linted or not."""
    execution = analysis.execution
    contexts = analysis.contexts
    own = {context.scope for context in contexts}
    boundaries = [
        (context, step, tuple(body for body in step.bodies if body.scope not in own))
        for context in contexts
        for step in execution.steps(context.body)
    ]
    ways = execution.chains(body for _, _, bodies in boundaries for body in bodies)
    for context, step, bodies in boundaries:
        chains: dict[str, Chain] = {leaf.code: Chain((step,), leaf) for leaf in reversed(step.leaves)}
        for code, way in sorted(ways.items()):
            reached = [body for body in bodies if body in way.distance]
            if code not in chains and reached:
                nearest = min(reached, key=lambda body, way=way: (way.distance[body], order(body)))  # type: ignore[misc]
                chains[code] = execution.chain(way, step, nearest)
        if chains:
            yield BoundaryCall(context, step, tuple(chains.values()))


def _report(analysis: Analysis, context: AsyncContext, chain: Chain) -> Iterator[Finding]:
    """The finding at the boundary call, or at the registrations if that file is not linted."""
    boundary = chain.steps[0]
    here = analysis.is_linted(boundary.module)
    message = _message(analysis, chain, here)
    hops = _hops(analysis, chain)
    if here:
        yield analysis.finding(chain.leaf.code, boundary.module, boundary.node, message, hops)
        return
    for entry in analysis.registered:
        linted = [one for one in entry.registrations if analysis.is_linted(one.module)]
        if linted and analysis.runs(entry.callback, context):
            for one in linted:
                yield analysis.finding(chain.leaf.code, one.module, one.node, message, hops)


def _message(analysis: Analysis, chain: Chain, here: bool) -> str:
    """What blocks, and the way there with `file:line` for every hop but one that is reported `here`, in its place.

    A long way is cut in the middle.
    """
    text = f"the whole API waits for {chain.leaf.what}"
    if here and len(chain.steps) == 1:
        return f"{text}: `{_called(chain.leaf)}`"
    shown = [f"`{_written(step, chain)}` ({analysis.where(step.module, step.node)})" for step in chain.steps]
    if len(shown) > _HOPS:
        left_out = len(shown) - _HOPS + 1
        shown[2 : 2 + left_out] = [f"… {left_out} more calls …"]
    return f"{text}: {' → '.join(shown)}"


def _called(leaf: Leaf) -> str:
    return leaf.name if " " in leaf.name else f"{leaf.name}()"


def _written(step: Step, chain: Chain) -> str:
    """A hop as a reader finds it in the source: the name that is called there, or what blocks at the end."""
    if step is chain.steps[-1]:
        return _called(chain.leaf)
    node = step.node
    text = ast.unparse(node.func if isinstance(node, ast.Call) else node)
    text = text if len(text) <= 40 else f"…{text[-39:]}"
    if not isinstance(node, ast.Call):
        return text
    return f"({text})()" if isinstance(node.func, ast.Lambda) else f"{text}()"


def _hops(analysis: Analysis, chain: Chain) -> Iterator[Hop]:
    """Every hop, for those who follow the chain."""
    for step in chain.steps:
        last = step is chain.steps[-1]
        how = "calls" if isinstance(step.node, ast.Call) else "runs"
        what = f"{_called(chain.leaf)} blocks: {chain.leaf.what}" if last else f"{how} {_written(step, chain)}"
        yield analysis.hop(_module(step), step.node, what)


def _module(step: Step) -> ModuleFacts:
    return step.module
