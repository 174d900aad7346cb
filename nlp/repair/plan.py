"""A repair is a plan of edits: steps propose them, one function applies them, and they can be replayed.

    lines ─ step.find ─▶ Edit, Edit, … ─ apply ─▶ lines, Repair, Repair, … ─ replay ─▶ the same lines

A step is a name, a pure function from lines to edits, and nothing else: it never changes a line itself, so that every
change is known, explained and reversible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nlp.records import Repair


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`before`, at `start` of line number `line` as the step saw it, becomes `after`."""

    line: int
    start: int
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`find` proposes edits that do not overlap, in any order. `name` says what it repairs and shows in `explain`."""

    name: str
    find: Callable[[Sequence[str]], Iterable[Edit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    lines: tuple[str, ...]
    repairs: tuple[Repair, ...] = ()


def apply(step: Step, lines: Sequence[str]) -> Applied:
    """The lines after one step. Repairs count offsets as the line stands when each is made, left to right."""
    by_line: dict[int, list[Edit]] = {}
    for edit in step.find(lines):
        by_line.setdefault(edit.line, []).append(edit)
    changed = list(lines)
    repairs: list[Repair] = []
    for number in sorted(by_line):
        moved = 0
        for edit in sorted(by_line[number], key=lambda edit: edit.start):
            start = edit.start + moved
            repairs.append(
                Repair(step=step.name, before=edit.before, after=edit.after, why=edit.why, line=number, start=start)
            )
            changed[number] = _replaced(changed[number], repairs[-1])
            moved += len(edit.after) - len(edit.before)
    return Applied(lines=tuple(changed), repairs=tuple(repairs))


def replay(lines: Sequence[str], repairs: Iterable[Repair]) -> tuple[str, ...]:
    """Make recorded repairs again. Raises ValueError where a line does not read as it did when they were recorded."""
    changed = list(lines)
    for repair in repairs:
        if repair.line is None:
            raise ValueError(f"repair {repair.step!r} ({repair.why}) names no line: it cannot be replayed")
        changed[repair.line] = _replaced(changed[repair.line], repair)
    return tuple(changed)


def _replaced(line: str, repair: Repair) -> str:
    end = repair.start + len(repair.before)
    if line[repair.start : end] != repair.before:
        found = line[repair.start : end]
        raise ValueError(f"line {repair.line}, offset {repair.start}: expected {repair.before!r}, found {found!r}")
    return line[: repair.start] + repair.after + line[end:]
