"""Amounts in queries, as Chinese news writes them: `3亿`, `1.5万`, `30%`, `2000万美元`, with <, <=, >, >= and `..`.

Figures hold base units (3亿元 is 300,000,000 CNY), so an amount is brought to them; a currency or % also asks for the
figure's unit. A bare 3亿 asks for no unit: it is met by sums of any currency and by counts.
"""

from __future__ import annotations

import re
from decimal import Decimal

from index.query.ast import And, Node, OneOf, Value
from index.tokens import name_key
from zhiwen.folding import fold

EXAMPLES = ">3亿, >=30%, 1000万..1亿, 2亿美元"

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
    "韩元": "KRW",
    "新台币": "TWD",
    "英镑": "GBP",
    "百分比": "%",
    "percent": "%",
    "百分点": "pp",
    "个百分点": "pp",
    "倍": "times",
}
_AMOUNT = re.compile(
    rf"(?P<number>[-+]?\d+(?:,\d{{3}})*(?:\.\d+)?)\s*(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})?"
    rf"\s*(?P<unit>%|cny|usd|hkd|eur|jpy|krw|twd|gbp|{'|'.join(sorted(_UNITS, key=len, reverse=True))})?"
)
_CODES = frozenset({"cny", "usd", "hkd", "eur", "jpy", "krw", "twd", "gbp"})


def unit_code(text: str) -> str:
    """The code of a unit as people write it; itself where it has none.

    >>> unit_code("美元"), unit_code("usd"), unit_code("家")
    ('USD', 'USD', '家')
    """
    folded = fold(text).strip()
    return folded.upper() if folded in _CODES else _UNITS.get(folded, text)


def _amount(text: str) -> tuple[float, str | None] | None:
    match = _AMOUNT.fullmatch(fold(text).strip())
    if not match:
        return None
    number = Decimal(match["number"].replace(",", "")) * _SCALES.get(match["scale"] or "", 1)
    return float(number), unit_code(match["unit"]) if match["unit"] else None


def value(comparison: str, text: str) -> Node | None:
    """The condition on one figure that `value:<comparison><text>` means; None where `text` is no amount."""
    if comparison in ("", "=") and ".." in text:
        return _between(*text.split("..", 1))
    found = _amount(text)
    if found is None:
        return None
    number, unit = found
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
    return _with_unit(condition, unit)


def _between(first: str, last: str) -> Node | None:
    """Both ends included; either may be open. A unit at either end holds for both: 1..3亿美元 is not guessed at 1亿."""
    low, high = (_amount(part) if part.strip() else None for part in (first, last))
    if (first.strip() and low is None) or (last.strip() and high is None) or (low is None and high is None):
        return None
    units = {unit for _, unit in filter(None, (low, high)) if unit}
    if len(units) > 1:
        return None
    condition = Value(low=low[0] if low else None, high=high[0] if high else None)
    return _with_unit(condition, units.pop() if units else None)


def _with_unit(condition: Value, unit: str | None) -> Node:
    return And(children=(condition, OneOf(field="unit", names=(name_key(unit),)))) if unit else condition
