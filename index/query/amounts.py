"""Amounts in queries, as Chinese news writes them: `3亿`, `五千万`, `30%`, `2000万美元`, `$3亿`, with <, <=, >, >= and ranges.

Figures hold base units (3亿元 is 300,000,000 CNY), so an amount is brought to them; a currency or % also asks for the
figure's unit. A bare 3亿 asks for no unit: it is met by sums of any currency and by counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from index.query.ast import And, Node, OneOf, Value
from index.tokens import name_key
from zhiwen.errors import InputError
from zhiwen.folding import fold

EXAMPLES = ">3亿, >=30%, 1000万..1亿, 2亿美元 or 五千万"

_SCALES = {
    "十": 10,
    "百": 10**2,
    "千": 10**3,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "十亿": 10**9,
    "百亿": 10**10,
    "千亿": 10**11,
    "万亿": 10**12,
    "k": 10**3,
    "m": 10**6,
    "b": 10**9,
}
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "百": 10**2, "千": 10**3}
# Codes as nlp's figures have them (nlp/records.py, Figure.unit).
_UNITS = {
    "元": "CNY",
    "人民币": "CNY",
    "人民币元": "CNY",
    "rmb": "CNY",
    "美元": "USD",
    "美金": "USD",
    "港元": "HKD",
    "港币": "HKD",
    "欧元": "EUR",
    "日元": "JPY",
    "日圆": "JPY",
    "韩元": "KRW",
    "新台币": "TWD",
    "英镑": "GBP",
    "百分比": "%",
    "percent": "%",
    "百分点": "pp",
    "个百分点": "pp",
    "倍": "times",
    "参数": "parameter",
    "个参数": "parameter",
    "字节": "byte",
    "秒": "second",
    "分钟": "minute",
    "小时": "hour",
    "天": "day",
    "周": "week",
    "个月": "month",
    "年": "year",
}
_SIGNS = {"$": "USD", "us$": "USD", "hk$": "HKD", "¥": "CNY", "€": "EUR", "£": "GBP"}  # before the number
_UNIT = rf"(?P<unit>%|cny|usd|hkd|eur|jpy|krw|twd|gbp|{'|'.join(sorted(_UNITS, key=len, reverse=True))})?"
_AMOUNT = re.compile(
    r"(?P<sign>us\$|hk\$|[$¥€£])?\s*(?P<number>[-+]?\d+(?:,\d{3})*(?:\.\d+)?)"
    rf"\s*(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})?\s*{_UNIT}"
)
_SPOKEN = re.compile(rf"(?P<words>(?:[零〇一二两三四五六七八九十百千]+(?:万亿|万|亿)?)+)\s*{_UNIT}")
# 二五 is no number, and whether 三千五 is 3,005 or 3,500 depends on who says it.
_UNCLEAR = re.compile(r"[一二两三四五六七八九]{2}|[一二两三四五六七八九][零〇]|[百千万亿][一二两三四五六七八九]$")
_PERCENT = "百分之"
_DIGITS_OF_A_FLOAT = 300
# A minus parts two amounts only where one stands before it: 3亿-5亿, but -5..3.
_RANGE = re.compile(r"\.{2,}|[~至到—–]+|…+|(?<=[^\s~.])-")
_CODES = frozenset({"cny", "usd", "hkd", "eur", "jpy", "krw", "twd", "gbp"})


def unit_code(text: str) -> str:
    """The code of a unit as people write it; itself where it has none.

    >>> unit_code("美元"), unit_code("usd"), unit_code("家")
    ('USD', 'USD', '家')
    """
    folded = fold(text).strip()
    return folded.upper() if folded in _CODES else _UNITS.get(folded, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Amount:
    """`number` in base units; `bare` is the same without 万, 亿 and the like."""

    number: Decimal
    bare: Decimal
    unit: str | None


def _amount(text: str) -> _Amount | None:
    folded = fold(text).strip()
    percent = folded.startswith(_PERCENT)
    folded = folded.removeprefix(_PERCENT)
    match = _AMOUNT.fullmatch(folded)
    if match:
        bare = Decimal(match["number"].replace(",", ""))
        number = bare * _SCALES.get(match["scale"] or "", 1)
    else:
        match = _SPOKEN.fullmatch(folded)
        if not match or _UNCLEAR.search(match["words"]):
            return None
        number = bare = Decimal(_spoken(match["words"]))
    units = {"%"} if percent else set()
    units |= {unit_code(match["unit"])} if match["unit"] else set()
    units |= {_SIGNS[sign]} if (sign := match.groupdict().get("sign")) else set()
    # What is no longer a float would be no number in JSON either.
    clear = len(units) <= 1 and number.adjusted() < _DIGITS_OF_A_FLOAT
    return _Amount(number=number, bare=bare, unit=next(iter(units), None)) if clear else None


def _spoken(words: str) -> int:
    """
    >>> _spoken("五千万"), _spoken("十二"), _spoken("一亿二千万"), _spoken("三万亿"), _spoken("一百零五")
    (50000000, 12, 120000000, 3000000000000, 105)
    """
    total = part = digit = 0
    largest = 1  # scale so far: 万 after 亿 adds to it, 亿 after 万 multiplies
    for sign in words:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _TENS:
            part, digit = part + (digit or 1) * _TENS[sign], 0
        else:
            scale, said = _SCALES[sign], part + digit
            total = (total + said) * scale if scale > largest else total + said * scale
            part, digit, largest = 0, 0, max(largest, scale)
    return total + part + digit


def value(comparison: str, text: str) -> Node:
    """The condition on one figure that `value:<comparison><text>` means. Raises InputError where `text` is no amount."""
    if comparison in ("", "="):
        first, *rest = _RANGE.split(text, maxsplit=1)
        if rest:
            return _between(text, first, rest[0])
    found = _read(text)
    number = float(found.number)
    match comparison:
        case ">":
            condition = Value(low=number, low_open=True)
        case ">=":
            condition = Value(low=number)
        case "<":
            condition = Value(high=number, high_open=True)
        case "<=":
            condition = Value(high=number)
        case _:
            condition = Value(low=number, high=number)
    return _with_unit(condition, found.unit)


def _read(text: str) -> _Amount:
    found = _amount(text)
    if found is None:
        raise InputError(f"{text.strip()!r} is no amount", hint=f"write value:{EXAMPLES}")
    return found


def _between(text: str, first: str, last: str) -> Node:
    """Both ends included; either may be open. A unit at either end holds for both."""
    low, high = (_read(part) if part.strip() else None for part in (first, last))
    if low is None and high is None:
        raise InputError(f"{text!r} is no amount", hint=f"write value:{EXAMPLES}")
    if low and high:
        _check_ends(text, low, high)
    units = {unit for unit in (low and low.unit, high and high.unit) if unit}
    if len(units) > 1:
        raise InputError(f"{text!r} is no amount: its ends have two units", hint="give one of them")
    condition = Value(low=float(low.number) if low else None, high=float(high.number) if high else None)
    return _with_unit(condition, units.pop() if units else None)


def _check_ends(text: str, low: _Amount, high: _Amount) -> None:
    # 3..5亿 may begin at 3亿 or at 3; 100..3万 can be read in one way only.
    if low.number == low.bare and high.number != high.bare and 0 < low.bare < high.bare:
        raise InputError(f"{text!r} can be read in two ways", hint="say how much at both ends: 3亿..5亿")
    if low.number > high.number:
        raise InputError(f"{text!r} ends before it begins", hint="swap its ends")


def _with_unit(condition: Value, unit: str | None) -> Node:
    return And(children=(condition, OneOf(field="unit", names=(name_key(unit),)))) if unit else condition
