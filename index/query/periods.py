"""Stretches of the calendar as people write them, and as figures have them: 2025年上半年 is 2025H1, 第三季度 Q3.

Figures hold such codes (nlp/components/records.py), so what stands in a query is brought to them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from zhiwen.folding import fold

_DAY = re.compile(
    r"(?P<year>\d{4})(?:[-/.年](?P<month>\d{1,2})(?:[-/.月](?P<day>\d{1,2})[日号]?)?月?|(?P<month2>\d{2})(?P<day2>\d{2})?)"
)
_YEAR = re.compile(
    r"(?P<fiscal>fy)?(?P<year>\d{4})(?P<word>财年|年度?)?(?:全年)?"
    r"(?P<part>q[1-4]|第?[一二三四1-4](?:季度?|财季)|h[12]|[上下]半年度?|前三季度?)?"
)
_ORDINALS = {"一": "1", "二": "2", "三": "3", "四": "4", "上": "1", "下": "2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A day, or `months` months from `month` on; `code` is how a figure has it. Nothing says that the date exists."""

    code: str
    year: int
    month: int
    months: int
    day: int | None = None
    fiscal: bool = False  # of a company's own year: which months those are, the words do not say


def stretch(text: str) -> Stretch | None:
    """
    >>> [stretch(text).code for text in ("2025年12月", "2025/12/1", "20251201", "2024年度", "2025年下半年")]
    ['2025-12', '2025-12-01', '2025-12-01', '2024', '2025H2']
    >>> [stretch(text).code for text in ("2025年第三季度", "2025年前三季度", "2026财年第二季度", "fy2025")]
    ['2025Q3', '2025Q1/2025Q3', 'FY2026Q2', 'FY2025']
    >>> stretch("上周")
    """
    text = "".join(fold(text).split())
    match = _DAY.fullmatch(text)
    if match:
        return _of_days(match)
    match = _YEAR.fullmatch(text)
    return _of_year(match) if match else None


def _of_days(match: re.Match[str]) -> Stretch:
    year, month, day = match["year"], match["month"] or match["month2"], match["day"] or match["day2"]
    code = "-".join([year, *(part.zfill(2) for part in (month, day) if part)])
    return Stretch(code=code, year=int(year), month=int(month), months=1, day=int(day) if day else None)


def _of_year(match: re.Match[str]) -> Stretch:
    fiscal = bool(match["fiscal"]) or match["word"] == "财年"
    year = f"{'FY' if fiscal else ''}{match['year']}"
    part = (match["part"] or "").removeprefix("第")
    if part.startswith("前"):
        code, month, months = f"{year}Q1/{year}Q3", 1, 9
    elif not part:
        code, month, months = year, 1, 12
    else:
        half = "半" in part or "h" in part
        digit = next(_ORDINALS.get(sign, sign) for sign in part if sign in _ORDINALS or sign.isdecimal())
        months = 6 if half else 3
        code, month = f"{year}{'H' if half else 'Q'}{digit}", (int(digit) - 1) * months + 1
    return Stretch(code=code, year=int(match["year"]), month=month, months=months, fiscal=fiscal)


def period_code(text: str) -> str:
    """`text` as figures have it; itself where it is none that we know.

    >>> period_code("2025年上半年"), period_code("2022/2024")
    ('2025H1', '2022/2024')
    """
    found = stretch(text)
    return found.code if found else text
