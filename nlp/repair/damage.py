"""What happened to a page, decided once from all of it, before anything is changed.

Every clean page is "none", and then no step runs: doing no harm comes first. The families are described in
docs (mirror machines): traditional text with pinyin after traditional characters, whose brackets were put into GBK
bytes ("shifted") or into whole characters ("annotated"); pinyin after random characters of simplified text
("random notes"); and text that teaches pinyin, which only looks damaged ("teaching").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from nlp.decoding import is_frequent
from nlp.repair.readings import BROKEN_NOTE, NOTE, is_dictionary_reading, is_reading
from nlp.repair.realign import realign_shifted_gbk
from nlp.script import is_traditional, script_counts

_HAN = re.compile("[\u3400-\u9fff]")
# Without one of these nothing can be wrong that we mend: most pages end here.
_POSSIBLE = re.compile(f"{NOTE.pattern}|{BROKEN_NOTE.pattern}|[?\ufffd] ?[；！？，;!?,]")
_MAX_NOTE_SHARE = 0.5  # of hanzi: more is text that annotates everything on purpose
_MIN_RANDOM_NOTES = 6


class Damage(StrEnum):
    NONE = "none"
    SHIFTED = "mirror, notes in GBK bytes"
    ANNOTATED = "mirror, notes after characters"
    RANDOM_NOTES = "mirror, notes after random characters"
    TEACHING = "teaching text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    damage: Damage
    evidence: tuple[str, ...] = ()

    @property
    def is_mirror(self) -> bool:
        return self.damage in {Damage.SHIFTED, Damage.ANNOTATED, Damage.RANDOM_NOTES}


@dataclass(slots=True)
class _Notes:
    """Counts of notes that read the character before them, over a page."""

    traditional: int = 0
    common_traditional: int = 0
    plain: int = 0
    plain_frequent: int = 0
    han: int = 0
    shifts: int = 0


def diagnose(lines: Sequence[str]) -> Diagnosis:
    """What happened to the page, by what its lines show together.

    >>> diagnose(["產(chǎn)業(yè)協(xié)會(huì)"]).damage
    <Damage.ANNOTATED: 'mirror, notes after characters'>
    >>> diagnose(["行(háng)业与行(xíng)为中的行字读音不同"]).damage
    <Damage.TEACHING: 'teaching text'>
    """
    if not _POSSIBLE.search("\n".join(lines)):
        return Diagnosis(damage=Damage.NONE)
    notes = _count(lines)
    if not notes.traditional and not notes.plain and not notes.shifts:
        return Diagnosis(damage=Damage.NONE)
    evidence = (
        f"{notes.traditional} notes read the traditional character before them, {notes.plain} a character of both scripts",
        f"{notes.shifts} runs of shifted bytes, {notes.han} hanzi",
    )
    return Diagnosis(damage=_family(notes, lines), evidence=evidence)


def _family(notes: _Notes, lines: Sequence[str]) -> Damage:
    signs = notes.traditional + notes.shifts
    if signs > 4 * notes.plain and (notes.common_traditional or notes.shifts) and _has_traditional(lines):
        return Damage.SHIFTED if notes.shifts else Damage.ANNOTATED
    share = (notes.plain + notes.traditional) / max(1, notes.han)
    if notes.plain >= _MIN_RANDOM_NOTES and share < _MAX_NOTE_SHARE and notes.plain_frequent > 0.25 * notes.plain:
        return Damage.RANDOM_NOTES
    return Damage.TEACHING


def _count(lines: Sequence[str]) -> _Notes:
    notes = _Notes()
    traditional = _has_traditional(lines)
    for line in lines:
        if traditional and ("?" in line or "\ufffd" in line):
            notes.shifts += sum(1 for _ in realign_shifted_gbk.find([line]))
        if "(" not in line and "（" not in line:
            notes.han += len(_HAN.findall(line))
            continue
        bare = NOTE.sub("", line)
        notes.han += len(_HAN.findall(bare))
        for found in NOTE.finditer(line):
            _count_note(notes, before=line[found.start() - 1 : found.start()], note=found.group(1))
    return notes


def _has_traditional(lines: Sequence[str]) -> bool:
    """Shifted bytes show as any characters: a quarter of what tells the scripts apart is enough."""
    traditional, simplified = script_counts("".join(lines))
    return traditional * 3 >= max(1, simplified)


def _count_note(notes: _Notes, *, before: str, note: str) -> None:
    if not before or not _HAN.match(before) or not is_reading(before, note):
        return
    if is_traditional(before) and is_dictionary_reading(before, note):
        notes.traditional += 1
        notes.common_traditional += is_common_traditional(before)
    elif not is_traditional(before):
        notes.plain += 1
        notes.plain_frequent += is_frequent(before)


def is_common_traditional(character: str) -> bool:
    """A character nobody needs a reading for: its simplified form is in the first level of GB 2312 (3,755 characters)."""
    from zhiwen.folding import fold

    try:
        lead = fold(character).encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= lead <= 0xD7
