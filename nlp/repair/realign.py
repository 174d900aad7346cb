"""Put the bytes of shifted GBK runs back where they were.

The machine (docs: mirror pages) put "(pinyin)" into GBK bytes wherever the two bytes of a traditional character occurred,
also across two characters. Shown through cp936, all behind such a place is read one byte late, up to the next single byte:

    因為變革       D2F2 9EE9 D783 …         the key F29E (驗, yàn) occurs inside
    因?yàn)樽兏锿…  D2F2 9E|( "yàn)" E9D7 …  9E and the bracket became one "?", the rest is paired one byte late

So at "?yàn)" the lost byte is the second byte of a character that reads yàn and whose first byte is the byte before; what
follows is encoded again, the lost byte put in front, and paired anew, until a single byte 40–7E or 80 (€) ends the run.
A full-width ；！？ ， hit the same way has one filler byte in front of it: there the lost byte is unknown, and the word
model chooses. What is certainly lost and not determined becomes □ (U+25A1). A run is only changed when the result is
more probable than what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nlp.repair.gbk import FULL_WIDTH, LEADS, TRAILS, bytes_of, character_of, is_trail_alone
from nlp.repair.model import word_model
from nlp.repair.plan import Edit, Step
from nlp.repair.readings import BROKEN_NOTE, NOTE, is_dictionary_reading
from nlp.script import is_traditional

LOST = "□"
_QUESTION = "?\ufffd"
_FILLED = "；！？，;!?,"
_PUNCTUATION = "。，”》、」“《「"
_TAG_REST = re.compile(r"/?[a-z]{1,10}[0-6]?>")  # of "</p>" after a "?" that ate "<"
_NOTE_BEFORE = re.compile(f"(?:{NOTE.pattern})$")
# By how much a character of the result must be more probable on average, in natural logarithm, by what else speaks for it.
_MARGIN_PROVEN, _MARGIN_NOTED, _MARGIN_GUESSED = -2.0, 0.5, 1.0
_FEW = 6  # candidates: from a note that says how the character reads; more means a byte lost without a trace
_CLEAR = 0.5  # by how much the best of many must lead, in natural logarithm
_CONTEXT = 4  # characters on each side: the longest words


@dataclass(slots=True)
class _Run:
    """What a run reads as: one slot a character, each with its candidates; `end` is where shown text goes on."""

    slots: list[tuple[str, ...]] = field(default_factory=list)
    end: int = 0
    closed: bool = False  # it ended at a byte that proves the alignment
    by_note: bool = False  # it began at a note that names the lost byte


def _find(lines: Sequence[str]) -> Iterator[Edit]:
    for number, line in enumerate(lines):
        at = 0
        while (at := _next_question(line, at)) >= 0:
            edit = _edit_at(line, at, number, quoting=_is_quoting(lines, number, at))
            if edit is None:
                at += 1
                continue
            yield edit
            at = edit.start + len(edit.before)


def _next_question(line: str, at: int) -> int:
    return min((place for mark in _QUESTION if (place := line.find(mark, at)) >= 0), default=-1)


def _is_quoting(lines: Sequence[str], number: int, at: int) -> bool:
    """Is a quotation open at this place? The nearest quotation mark in front, up to five lines back, opens one."""
    text = "\n".join([*lines[max(0, number - 5) : number], lines[number][:at]])
    return text.rfind("“") > text.rfind("”")


def _edit_at(line: str, at: int, number: int, *, quoting: bool) -> Edit | None:
    before = _text_before(line, at)
    if not before or len(_bytes_wide(before[-1])) != 2:
        return None
    run, why = _run_at_note(line, at, before[-1]) or _run_at_punctuation(line, at, quoting=quoting) or (None, "")
    if run is None:
        return None
    shown = line[at : run.end]
    fixed = _resolve(run, before=before, after=line[run.end : run.end + _CONTEXT])
    if not _is_better(fixed, shown, margin=_margin(run)):
        return None
    return Edit(line=number, start=at, before=shown, after=fixed, why=why)


def _bytes_wide(character: str) -> bytes:
    return bytes_of(FULL_WIDTH.get(character, character))


def _text_before(line: str, at: int) -> str:
    """The characters in front, without the notes that were put between them and the lost byte."""
    while at and (note := _NOTE_BEFORE.search(line, max(0, at - 10), at)):
        at = note.start()
    return NOTE.sub("", line[max(0, at - 4 * _CONTEXT) : at])[-_CONTEXT:]


def _run_at_note(line: str, at: int, before: str) -> tuple[_Run, str] | None:
    note = BROKEN_NOTE.match(line, at)
    if note is None:
        return None
    trail = _bytes_wide(before)[1]
    keys = [
        (lead, key)
        for lead in LEADS
        if (key := character_of(trail, lead)) and is_traditional(key) and is_dictionary_reading(key, note.group(1))
    ]
    if not keys:
        return None
    run = _read(line, note.end(), tuple(lead for lead, _ in keys))
    if run:
        run.by_note = True
    names = "/".join(f"{trail:02X}{lead:02X} {key}" for lead, key in keys)
    return (run, f"the mirror found {names} ({note.group(1)}) across two characters") if run else None


def _run_at_punctuation(line: str, at: int, *, quoting: bool) -> tuple[_Run, str] | None:
    """Only runs whose end proves the alignment count here: "???" and "?!" are what people write."""
    place = at + 1
    if line.startswith("\ufffd ", at):
        place += 1  # browsers keep the filler byte, a space, that Windows' "?" eats
    mark = line[place : place + 1]
    if not mark or mark not in _FILLED:
        return None
    trail, lead = bytes_of("？" if mark == "?" else FULL_WIDTH.get(mark, mark))
    run = _read(line, place + 1, (lead,))
    if run is None or not run.closed:
        return None
    if mark.isascii() and len(run.slots) < 2:
        if not quoting or lead != 0xA1:
            return None  # "?!A" and "?!?" are what people write too
        run.slots[0] = ("”",)
    run.slots.insert(0, tuple(character for byte in LEADS if _is_text(character := character_of(byte, trail))))
    return run, f"the mirror found {trail:02X}{lead:02X} {mark} across two characters and put a byte before it"


def _is_text(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" or (bool(character) and character in _PUNCTUATION)


def _read(line: str, at: int, leads: tuple[int, ...]) -> _Run | None:
    """Pair the shown characters from `at` anew behind a lost lead byte. None where that cannot be."""
    run = _Run()
    pending = leads
    while at < len(line):
        shown = line[at]
        if shown in _QUESTION:
            return _end_at_question(run, line, at, pending)
        encoded = _bytes_wide(shown)
        if not encoded or (len(encoded) == 1 and not is_trail_alone(shown)):
            return None
        characters = tuple(character for lead in pending if (character := character_of(lead, encoded[0])))
        if not characters:
            return None
        run.slots.append(characters)
        at += 1
        if len(encoded) == 1:
            run.end, run.closed = at, True
            return run
        at = _after_note(line, at)
        pending = (encoded[1],)
    return _with_lost_tail(run, at, pending)


def _after_note(line: str, at: int) -> int:
    """Behind a note that reads the shown character before it: another key across two characters, inside a run."""
    note = NOTE.match(line, at)
    shown = line[at - 1]
    return note.end() if note and is_traditional(shown) and is_dictionary_reading(shown, note.group(1)) else at


def _end_at_question(run: _Run, line: str, at: int, pending: tuple[int, ...]) -> _Run:
    """A "?" inside a run ate the trail byte of the last character and the byte behind it."""
    note = BROKEN_NOTE.match(line, at)
    keys = _keys_with_lead(pending, note.group(1)) if note else ()
    if note and keys:
        run.slots.append(keys)
        run.end, run.closed = note.end(), True
        return run
    rest = _TAG_REST.match(line, at + 1)
    if rest:  # it ate "<"
        run.closed = True
        return _with_lost_tail(run, rest.end(), pending)
    end = at + 1
    # At the end of a line it ate the line break: closing quotes (row A1) stand there after a full stop.
    run.closed = end == len(line) and pending == (0xA1,) and line[at - 1] in "！!"
    run = _with_lost_tail(run, end, pending)
    if line[at] == "?" and line[end : end + 1].isascii() and line[end : end + 1].isalnum():
        run.slots.append((LOST,))  # a digit or letter in front of these: never a silent loss in a number
    return run


def _keys_with_lead(leads: tuple[int, ...], note: str) -> tuple[str, ...]:
    return tuple(
        key
        for lead in leads
        for trail in TRAILS
        if (key := character_of(lead, trail)) and is_traditional(key) and is_dictionary_reading(key, note)
    )


def _with_lost_tail(run: _Run, end: int, pending: tuple[int, ...]) -> _Run:
    """The lead of the last character is known, its trail byte is not."""
    run.slots.append(
        tuple(character for lead in pending for trail in TRAILS if _is_text(character := character_of(lead, trail)))
    )
    run.end = end
    return run


def _resolve(run: _Run, *, before: str, after: str) -> str:
    text = before
    for place, candidates in enumerate(run.slots):
        following = ""
        for slot in run.slots[place + 1 : place + 1 + _CONTEXT]:
            following += slot[0] if len(slot) == 1 else "\n"
        text += _choose(candidates, before=text[-_CONTEXT:], after=(following + after)[:_CONTEXT].split("\n")[0])
    return text[len(before) :]


def _choose(candidates: tuple[str, ...], *, before: str, after: str) -> str:
    """The candidate that fits between its neighbours, □ where nothing decides: of many candidates one must lead clearly,
    and a character cut off at its end (a name, often) stays lost."""
    if len(candidates) == 1:
        return candidates[0]
    model = word_model()
    scored = sorted(((model.log_text(before + candidate + after), candidate) for candidate in candidates), reverse=True)
    if not scored:
        return LOST
    best, character = scored[0]
    if len(scored) <= _FEW or character in _PUNCTUATION:
        return character
    return character if after and best - scored[1][0] > _CLEAR else LOST


def _margin(run: _Run) -> float:
    if run.by_note:
        return _MARGIN_PROVEN if run.closed else _MARGIN_NOTED
    return _MARGIN_GUESSED


def _is_better(fixed: str, shown: str, *, margin: float) -> bool:
    """The realigned run must be more probable, character by character. Where nothing but question marks, marks and notes
    is shown there is nothing to compare: the bytes themselves were the evidence."""
    model = word_model()
    old = [model.log_character(character) for character in _UNCOMPARED.sub("", shown) if character > "\x7f"]
    new = [model.log_character(character) for character in fixed if character != LOST]
    if not old or not new:
        return True
    return sum(new) / len(new) > sum(old) / len(old) + margin


_UNCOMPARED = re.compile(f"{BROKEN_NOTE.pattern}|{NOTE.pattern}|[?\ufffd] ?[；！？，;!?,]")


realign_shifted_gbk = Step(name="realign_shifted_gbk", find=_find)
