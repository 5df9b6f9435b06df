"""Fixes: what repairs a finding, planned over the whole project and written with libcst (room 2 of the house).

A fix comes in two halves. A *planner* (`callbacks`, `awaits`, `schedules`, ...) looks at the resolved project and
says which nodes have to change, in which files; it knows nothing of libcst. A *codemod* (`codemods`) rewrites the
libcst node that stands there. `repair` drives both, checks the result again and writes it.
"""
