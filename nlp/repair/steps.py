"""Repair: the lines of a page as they were before a mirror machine had them.

    lines ─ diagnose ─▶ Damage ─ the steps for it, in order ─▶ Repaired(lines, repairs)

A clean page runs no step that could change it. To add a repair, write a function from lines to edits in a module
of its own, name it as a Step, and put it in the list of the damage it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.records import Repair
from nlp.repair.damage import Damage, Diagnosis, diagnose
from nlp.repair.notes import strip_emoji_inside_words, strip_pinyin_notes, strip_random_notes
from nlp.repair.plan import Step, apply
from nlp.repair.realign import realign_shifted_gbk
from nlp.repair.typography import drop_invisible, half_width_page, unescape_entities, widen_punctuation

# Bytes first: realigning needs the characters exactly as they were shown, and uncovers notes that then go.
STEPS: dict[Damage, tuple[Step, ...]] = {
    Damage.NONE: (unescape_entities, drop_invisible),
    Damage.TEACHING: (),
    Damage.SHIFTED: (realign_shifted_gbk, strip_pinyin_notes, unescape_entities, drop_invisible),
    Damage.ANNOTATED: (realign_shifted_gbk, strip_pinyin_notes, unescape_entities, drop_invisible),
    Damage.RANDOM_NOTES: (strip_random_notes, strip_emoji_inside_words, unescape_entities, drop_invisible),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """`lines` as many as were given. Replaying `repairs` on the given lines gives them again."""

    lines: tuple[str, ...]
    repairs: tuple[Repair, ...]
    diagnosis: Diagnosis


def repair(lines: Sequence[str]) -> Repaired:
    return repair_as(diagnose(lines), lines)


def repair_as(diagnosis: Diagnosis, lines: Sequence[str]) -> Repaired:
    """Repair lines that tell too little by themselves, as the page they belong to was diagnosed: what its head says."""
    steps = STEPS[diagnosis.damage]
    if diagnosis.is_mirror and half_width_page(lines):
        steps = (*steps, widen_punctuation)
    repairs: list[Repair] = []
    current = tuple(lines)
    for step in steps:
        applied = apply(step, current)
        current = applied.lines
        repairs.extend(applied.repairs)
    return Repaired(lines=current, repairs=tuple(repairs), diagnosis=diagnosis)
