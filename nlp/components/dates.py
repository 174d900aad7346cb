"""Dates and periods, resolved relative to the day of publication.

text ─ lexer ─▶ raw dates ─ resolve in order (the year carries over within a sentence) ─▶ DateMention

A period is a string that sorts and joins: "2025-12-17", "2025-12", "2025H1", "2025Q3", "2025", "FY2025Q2", and
"2022/2024" for a range with both ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from nlp.components.clauses import at, inside
from nlp.components.records import DateMention, Span

_CN = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "两": 2}
_RELATIVE = {"今年": 0, "去年": -1, "前年": -2, "明年": 1, "后年": 2, "本年": 0, "当年": 0, "本年度": 0, "上年": -1,
             "今": 0, "去": -1}  # fmt: skip
_DAYS = {"今天": 0, "今日": 0, "今早": 0, "今晨": 0, "今晚": 0, "昨天": -1, "昨日": -1, "昨晚": -1, "昨夜": -1, "前天": -2, "前日": -2,
         "明天": 1, "明日": 1, "今晨凌晨": 0}  # fmt: skip
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")  # fmt: skip

_YEAR = r"(?P<year>(?<!\d)(?:19|20)\d\d)"
_YEAR_REL = r"(?P<rel>今年|去年|前年|明年|后年|本年度?|上年)"
_YEARS = rf"(?:{_YEAR}\s*年(?:度)?|{_YEAR_REL})"
_MONTH = r"(?P<month>1[0-2]|0?[1-9])\s*月(?!球|饼|薪)(?:份)?"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])\s*[日号](?!均|线|常|活|产|内|元|韩|美|游|称|志)"
_PART = r"(?P<part>初|底|末|上旬|中旬|下旬|中|国庆前后|春节前后|前后)?"
_QUARTER = r"(?:第?(?P<q>[一二三四1-4])\s*季度?(?!报告?期)|(?<![a-z])q(?P<q2>[1-4])(?!\d))"
_HALF = r"(?:(?P<half>[上下])半年(?:度)?|(?<![a-z])h(?P<h2>[12])(?!\d))"

# In order of preference where two begin at the same place: the longest reading first.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("fiscal", r"(?P<year>(?:19|20)\d\d)\s*财年(?:\s*(?:第?(?P<q>[一二三四1-4])\s*(?:财季|财务季度|季度|财年季度)|q(?P<q2>[1-4])|(?P<half>[上下])半(?:财)?年))?"),
        ("fiscal", r"(?<![a-z])fy\s?(?P<year>(?:20)?\d\d)(?!\d)(?:\s?q(?P<q2>[1-4]))?"),
        ("fiscal_quarter", r"第(?P<q>[一二三四1-4])\s*(?:财季|财务季度)"),
        ("day", rf"{_YEARS}\s*{_MONTH}\s*{_DAY}"),
        ("day", rf"{_YEAR}(?P<sep>[-/.])(?P<month>1[0-2]|0?[1-9])(?P=sep)(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)"),
        ("day", rf"(?<![\d/.年]){_MONTH}\s*{_DAY}"),
        ("week_of_month", rf"(?:{_YEARS}\s*)?(?<!\d){_MONTH}的?第(?P<week>[一二三四])周"),
        ("month", rf"{_YEARS}\s*{_MONTH}{_PART}"),
        ("month", r"(?P<year>(?<![\d.])20\d\d)-(?P<month>1[0-2]|0[1-9])(?![\d-])"),
        ("month", rf"(?<![\d/.个第年]){_MONTH}{_PART}"),
        ("nine_months", rf"(?:{_YEARS}\s*)?前三季度"),
        ("first_months", rf"(?:{_YEARS}\s*)?(?<!\d)(?:前|1\s*[-至—~到]\s*)(?P<n>[1-9一二三四五六七八九十]|1[01])\s*(?:个月|月份?)"),
        ("quarter", rf"(?:{_YEARS}|(?P<year2>(?<!\d)20\d\d))?\s*(?:的)?{_QUARTER}(?:末|初)?"),
        ("half", rf"(?:{_YEARS}|(?P<year2>(?<!\d)20\d\d))\s*(?:的)?{_HALF}(?:报告)?"),
        ("half", rf"{_YEARS}\s*(?:半年度报告|半年度|半年报|中期业绩|中期报告|中期)"),
        ("half", r"(?P<half>[上下])半年(?:度)?"),
        ("year_end", rf"{_YEARS}(?P<part>年?(?:初|底|末)|国庆前后|春节前后)"),
        ("year", rf"{_YEAR}\s*年(?:度)?"),
        ("year", rf"{_YEAR}\s*全年"),
        ("year", rf"{_YEAR_REL}(?:全年)?"),
        ("same_period", r"(?:去年|上年|上一财年|上一年)同(?:期|季度?|月)|同比(?=上年)"),
        ("future_years", r"未来(?P<n>[两二三四五六七八九十]|\d{1,2})年(?!内)"),
        ("past_day", "|".join(_DAYS)),
        ("weekday", r"(?P<which>上|本|这|下)?周(?P<wd>[一二三四五六日天])(?![期年末])"),
        ("english", rf"(?P<mname>{'|'.join(_MONTHS)})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*(?P<year>20\d\d))?(?!\d|\.\d)"),
        ("english_month", rf"(?P<mname>{'|'.join(_MONTHS)}),?\s+(?P<year>20\d\d)(?!\d)"),
        ("english_year", r"(?:(?<=in )|(?<=since )|(?<=by )|(?<=for ))(?P<year>(?:19|20)\d\d)(?![\d.,]\d|\d)"),
        ("day_only", rf"(?<![\d.月第近每/\-])(?<!\d\s){_DAY}(?=$|[\s，,。、）)]|[^\d人])"),
    )
)  # fmt: skip
# Cheap test: a position where some pattern can begin. Everything the patterns start with.
_TRIGGER = re.compile(r"\d|第|[一二三四]季|[上下]半年|今|去年|前[年天日三1-9一二四五六七八九十]|明[年天日]|后年|本年|本周|上[年一周]|昨|未来|周|同比|这周|下周|(?<![a-z])fy|(?<![a-z])q[1-4]|(?<![a-z])h[12]|"
                      + "|".join(_MONTHS))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raw:
    kind: str
    start: int
    end: int
    groups: dict[str, str]


@dataclass(slots=True, kw_only=True)
class _State:
    """What earlier dates of the text say about later ones."""

    published: date | None
    sentence: int = -1
    year: int | None = None  # said in this sentence
    period: str | None = None  # the last resolved one of this sentence
    fiscal: int | None = None  # said anywhere before
    reported: str | None = None  # the last quarter, half or year reported on, anywhere before


def find_dates(text: str, folded: str, *, sentences: Sequence[Span], published: date | None) -> list[DateMention]:
    """All dates of `text` in order, without overlaps."""
    state = _State(published=published)
    mentions = []
    for raw in _lex(folded):
        index = at(sentences, raw.start)
        if index != state.sentence:
            state.sentence, state.year, state.period = index, None, None
        mentions.append(_resolved(raw, text, state))
    return mentions


def join_ranges(dates: Sequence[DateMention], folded: str) -> list[DateMention]:
    """ "2022 年至 2024 年" as one period "2022/2024" (spans both). Dates that stand alone are returned as they are."""
    joined: list[DateMention] = []
    for mention in dates:
        last = joined[-1] if joined else None
        if last and last.period and mention.period and _RANGE_GAP.fullmatch(folded, last.end, mention.start):
            first, final = last.period.split("/")[0], mention.period.split("/")[-1]
            joined[-1] = replace(last, end=mention.end, period=f"{first}/{final}", grain="range")
        else:
            joined.append(mention)
    return joined


_RANGE_GAP = re.compile(r"\s*(?:至|到|-|—|–|~)\s*")


def expand(period: str) -> tuple[str, ...]:
    """The periods of a range at its own grain: "2022/2024" is 2022, 2023 and 2024; others are themselves."""
    first, _, last = period.partition("/")
    if re.fullmatch(r"\d{4}", first) and re.fullmatch(r"\d{4}", last):
        return tuple(str(year) for year in range(int(first), min(int(last), int(first) + 30) + 1))
    return (period,)


def last_day(period: str) -> date | None:
    """The day on which a period is over; None for fiscal years, whose ends differ, and for weeks.

    >>> last_day("2020-07").isoformat(), last_day("2024H1").isoformat(), last_day("2024").isoformat()
    ('2020-07-31', '2024-06-30', '2024-12-31')
    """
    match = _CALENDAR.fullmatch(period.rpartition("/")[2])
    if match is None:
        return None
    year = int(match["year"])
    if match["day"]:
        return date(year, int(match["month"]), int(match["day"]))
    month = int(match["month"] or 3 * int(match["quarter"] or 0) or 6 * int(match["half"] or 2))
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


_CALENDAR = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?|Q(?P<quarter>[1-4])|H(?P<half>[12]))?")


def previous_year(period: str) -> str:
    """The same period one year before: "FY2025Q2" -> "FY2024Q2".

    >>> previous_year("2025-03/2025-06")
    '2024-03/2024-06'
    """
    return re.sub(r"(?<!\d)(?:19|20)\d\d(?![\d])", lambda m: str(int(m.group()) - 1), period)


_DIGITS = re.compile(r"\d*")


def _lex(folded: str) -> list[_Raw]:
    found: list[_Raw] = []
    position = 0
    while trigger := _TRIGGER.search(folded, position):
        raw = _longest(folded, trigger.start())
        if raw is None:
            # Leave the whole number, not a digit of it: 12345年 must not be read from the middle.
            position = _DIGITS.match(folded, trigger.end()).end()  # type: ignore[union-attr]  # matches the empty string
            continue
        found.append(raw)
        position = raw.end
    return found


def _longest(folded: str, start: int) -> _Raw | None:
    best: _Raw | None = None
    for kind, pattern in _PATTERNS:
        match = pattern.match(folded, start)
        if match and match.end() > start and (best is None or match.end() > best.end):
            groups = {key: value for key, value in match.groupdict().items() if value}
            best = _Raw(kind=kind, start=start, end=match.end(), groups=groups)
    return best


def _resolved(raw: _Raw, text: str, state: _State) -> DateMention:
    end = raw.start + len(text[raw.start : raw.end].rstrip())
    period, grain = _RESOLVERS[raw.kind](raw.groups, text[raw.start : end], state)
    if period is not None:
        if raw.kind not in ("same_period", "past_day", "weekday", "future_years"):
            state.year = int(re.sub(r"^FY", "", period)[:4])
        if raw.kind != "same_period":
            state.period = period
        if grain in ("quarter", "half", "year") and raw.kind != "same_period":
            state.reported = period
    return DateMention(
        text=text[raw.start : end],
        start=raw.start,
        end=end,
        period=period,
        grain=grain,
        entity=raw.kind not in ("same_period", "future_years"),
    )


@dataclass(frozen=True, slots=True)
class _Unknown:
    """No year can be told: the text names none and the day of publication is not known."""


def _year(groups: dict[str, str], state: _State) -> int | None:
    written = groups.get("year") or groups.get("year2")
    if written:
        return int(written) if len(written) == 4 else 2000 + int(written)
    if "rel" in groups:
        return state.published.year + _RELATIVE[groups["rel"]] if state.published else None
    return state.year


def _number(written: str) -> int:
    return int(written) if written.isdigit() else _CN[written]


def _day(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    year = _year(groups, state) if ("year" in groups or "rel" in groups) else None
    month, day = int(groups["month"]), int(groups["day"])
    if year is None and state.published:
        year = _nearest_year(month, day, state.published)
    return (_iso(year, month, day) if year else None), "day"


def _nearest_year(month: int, day: int, published: date) -> int:
    """News tells of the recent past: the year in which this day lies at most a month after publication."""
    for year in (published.year + 1, published.year):
        iso = _iso(year, month, day)
        if iso and date.fromisoformat(iso) - published <= timedelta(days=31):
            return year
    return published.year - 1


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _month(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    month = int(groups["month"])
    year = _year(groups, state)
    if year is None and state.published:
        year = state.published.year - (1 if month > state.published.month + 1 else 0)
    return (f"{year}-{month:02d}" if year else None), "month"


def _week_of_month(groups: dict[str, str], text: str, state: _State) -> tuple[str | None, str]:
    month, _ = _month(groups, text, state)
    return (f"{month}-W{_number(groups['week'])}" if month else None), "week"


def _quarter(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    number = _number(groups.get("q") or groups["q2"])
    year = _year(groups, state)
    if year is None and state.published:
        # The latest quarter of this number that was over at publication.
        over = state.published.month > number * 3 or (state.published.month == number * 3 and state.published.day > 25)
        year = state.published.year - (0 if over else 1)
    return (f"{year}Q{number}" if year else None), "quarter"


def _half(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    number = 2 if groups.get("half") == "下" or groups.get("h2") == "2" else 1
    year = _year(groups, state)
    if year is None and state.published:
        year = state.published.year - (1 if number == 1 and state.published.month < 6 else 0)
        year -= 1 if number == 2 and state.published.month < 4 else 0
    return (f"{year}H{number}" if year else None), "half"


def _whole_year(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    year = _year(groups, state)
    return (str(year) if year else None), "year"


def _year_end(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    year, part = _year(groups, state), groups["part"]
    month = {"国庆前后": 10, "春节前后": 2}.get(part) or (1 if part.endswith("初") else 12)
    return (f"{year}-{month:02d}" if year else None), "month"


def _nine_months(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    year = _year(groups, state) or (state.published.year if state.published else None)
    return (f"{year}Q1/{year}Q3" if year else None), "range"


def _first_months(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    year = _year(groups, state) or (state.published.year if state.published else None)
    return (f"{year}-01/{year}-{_number(groups['n']):02d}" if year else None), "range"


def _fiscal(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    year = _year(groups, state)
    if year is None:
        return None, "year"
    state.fiscal = year
    quarter = groups.get("q") or groups.get("q2")
    if quarter:
        return f"FY{year}Q{_number(quarter)}", "quarter"
    if "half" in groups:
        return f"FY{year}H{1 if groups['half'] == '上' else 2}", "half"
    return f"FY{year}", "year"


def _fiscal_quarter(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    return (f"FY{state.fiscal}Q{_number(groups['q'])}" if state.fiscal else None), "quarter"


def _same_period(_: dict[str, str], __: str, state: _State) -> tuple[str | None, str]:
    of = state.reported or state.period
    if of is None:
        return (str(state.published.year - 1) if state.published else None), "same_period"
    return previous_year(of), "same_period"


def _future_years(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    if not state.published:
        return None, "range"
    year = state.published.year
    return f"{year}/{year + _number(groups['n']) - 1}", "range"


def _past_day(_: dict[str, str], text: str, state: _State) -> tuple[str | None, str]:
    if not state.published:
        return None, "day"
    return (state.published + timedelta(days=_DAYS[text])).isoformat(), "day"


def _weekday(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    if not state.published:
        return None, "day"
    weekday = "一二三四五六日".index("日" if groups["wd"] == "天" else groups["wd"])
    monday = state.published - timedelta(days=state.published.weekday())
    day = monday + timedelta(days=weekday + {"上": -7, "下": 7}.get(groups.get("which", ""), 0))
    if "which" not in groups and day > state.published:
        day -= timedelta(days=7)
    return day.isoformat(), "day"


def _day_only(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    """A day of the month alone: this month's, or last month's where that lies ahead."""
    if not state.published:
        return None, "day"
    published, day = state.published, int(groups["day"])
    if day > published.day:
        published = published.replace(day=1) - timedelta(days=1)
    return _iso(published.year, published.month, day), "day"


def _english(groups: dict[str, str], _: str, state: _State) -> tuple[str | None, str]:
    month, day = _MONTHS.index(groups["mname"]) + 1, int(groups["day"])
    year = int(groups["year"]) if "year" in groups else None
    if year is None and state.published and _iso(2024, month, day):
        year = _nearest_year(month, day, state.published)
    return (_iso(year, month, day) if year else None), "day"


def _english_month(groups: dict[str, str], _: str, __: _State) -> tuple[str | None, str]:
    return f"{groups['year']}-{_MONTHS.index(groups['mname']) + 1:02d}", "month"


_RESOLVERS = {
    "day": _day, "month": _month, "week_of_month": _week_of_month, "quarter": _quarter, "half": _half,
    "year": _whole_year, "english_year": _whole_year, "year_end": _year_end, "nine_months": _nine_months,
    "first_months": _first_months, "fiscal": _fiscal, "fiscal_quarter": _fiscal_quarter, "same_period": _same_period,
    "future_years": _future_years, "past_day": _past_day, "weekday": _weekday, "day_only": _day_only,
    "english": _english, "english_month": _english_month,
}  # fmt: skip


def dates_in(dates: Sequence[DateMention], span: Span) -> list[DateMention]:
    return [mention for mention in inside(dates, span) if mention.period]
