"""ORC301 to ORC308: blocking calls in async contexts, each at its boundary call."""

from __future__ import annotations

import ast

from flake8_orch47.records import Row
from flake8_orch47.resolution.contexts import AsyncContext
from flake8_orch47.resolution.execution import Chain, Leaf, Step, order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.findings import Finding, Hop
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
    contexts = _in_every_situation(analysis)
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


def _in_every_situation(analysis: Analysis) -> list[AsyncContext]:
    """The async contexts, and what else their functions do where another context calls them: a policy that is
    registered itself may be called by one that holds other parts.
    """
    contexts = list(analysis.contexts)
    own = {context.scope for context in contexts}
    seen = {context.body for context in contexts}
    for context in contexts:  # it grows
        for step in analysis.execution.steps(context.body):
            for body in step.bodies:
                if body.scope in own and body not in seen:
                    seen.add(body)
                    contexts.append(AsyncContext(body, context.callback))
    return contexts


def _report(analysis: Analysis, context: AsyncContext, chain: Chain) -> Iterator[Finding]:
    """The finding at the boundary call, or at the registrations if that file is not linted."""
    boundary = chain.steps[0]
    here = analysis.is_linted(boundary.module)
    names = [*(_written(step.node) for step in chain.steps[:-1]), _called(chain.leaf)]
    message = _message(analysis, chain, names, here)
    hops = _hops(analysis, chain, names)
    if here:
        yield analysis.finding(chain.leaf.code, boundary.module, boundary.node, message, hops)
        return
    for entry in analysis.registered:
        linted = [one for one in entry.registrations if analysis.is_linted(one.module)]
        if linted and analysis.runs(entry.callback, context):
            for one in linted:
                yield analysis.finding(chain.leaf.code, one.module, one.node, message, hops)


def _message(analysis: Analysis, chain: Chain, names: list[str], here: bool) -> str:
    """What blocks, and the way there with `file:line` for every hop but one that is reported `here`, in its place.

    A long way is cut in the middle.
    """
    text = f"the whole API waits for {chain.leaf.what}"
    if here and len(names) == 1:
        return f"{text}: `{names[0]}`"
    steps = list(zip(names, chain.steps, strict=True))
    left_out = len(steps) - _HOPS + 1 if len(steps) > _HOPS else 0
    before, after = (steps[:2], steps[2 + left_out :]) if left_out else (steps, [])
    shown, rest = (
        [f"`{name}` ({analysis.where(step.module, step.node)})" for name, step in part] for part in (before, after)
    )
    if left_out:
        shown.append(f"… {left_out} more calls …")
    return f"{text}: {' → '.join(shown + rest)}"


def _called(leaf: Leaf) -> str:
    return leaf.name if " " in leaf.name else f"{leaf.name}()"


def _written(node: ast.expr) -> str:
    """A hop as a reader finds it in the source: what is called there."""
    text = _spelled(node.func if isinstance(node, ast.Call) else node)
    text = text if len(text) <= 40 else f"…{text[-39:]}"
    if not isinstance(node, ast.Call):
        return text
    return f"({text})()" if isinstance(node.func, ast.Lambda) else f"{text}()"


def _spelled(node: ast.expr) -> str:
    """The source of an expression; of names and attributes at a fifth of what `unparse` takes."""
    attributes: list[str] = []
    inner = node
    while isinstance(inner, ast.Attribute):
        attributes.append(inner.attr)
        inner = inner.value
    return ".".join((inner.id, *reversed(attributes))) if isinstance(inner, ast.Name) else ast.unparse(node)


def _hops(analysis: Analysis, chain: Chain, names: list[str]) -> Iterator[Hop]:
    """Every hop, for those who follow the chain."""
    for step, name in zip(chain.steps, names, strict=True):
        last = step is chain.steps[-1]
        how = "calls" if isinstance(step.node, ast.Call) else "runs"
        what = f"{name} blocks: {chain.leaf.what}" if last else f"{how} {name}"
        yield analysis.hop(step.module, step.node, what)
