"""Characters and their bytes in cp936 as Windows has it: the table in which mirrors were damaged."""

from __future__ import annotations

from functools import cache

LEADS = range(0x81, 0xFF)
TRAILS = (*range(0x40, 0x7F), *range(0x80, 0xFF))
# What corpora folded to ASCII afterwards, and was two bytes when the damage was done.
FULL_WIDTH = {",": "，", ";": "；", ":": "：", "!": "！", "(": "（", ")": "）"}


@cache
def bytes_of(character: str) -> bytes:
    """One or two bytes (€ is 80, private use pairs included); b"" for a character that the table lacks."""
    if character == "€":
        return b"\x80"
    for table in ("cp936", "gb18030"):
        try:
            encoded = character.encode(table)
        except UnicodeEncodeError:
            continue
        if len(encoded) <= 2:
            return encoded
    return b""


@cache
def character_of(lead: int, trail: int) -> str:
    """The character of a pair, "" for an impossible pair."""
    pair = bytes((lead, trail))
    for table in ("cp936", "gb18030"):
        try:
            return pair.decode(table)
        except UnicodeDecodeError:
            continue
    return ""


def is_trail_alone(character: str) -> bool:
    """Is it one byte that can be the second of a pair: 40–7E, or 80 shown as €?"""
    return character == "€" or "\x40" <= character <= "\x7e"
