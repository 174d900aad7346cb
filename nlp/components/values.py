"""The value lexer: every quantity that an analyst would copy, with its value in base units.

folded text ─ patterns by kind ─▶ candidates ─ leftmost longest, nothing inside names and dates ─▶ values

What a value says of whom and when is bound later (figures.py). Percent values stay in percent; declines are not
signed here, the words around them say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from re import Match

from nlp.components.records import Value

_SCALES = {"十": 10, "百": 10**2, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8,
           "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12, "万万": 10**8, "兆": 10**12,
           "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
           "k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9, "t": 10**12, "tn": 10**12}  # fmt: skip
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_CURRENCIES = {"元人民币": "CNY", "人民币元": "CNY", "人民币": "CNY", "元": "CNY", "块钱": "CNY", "块": "CNY", "rmb": "CNY", "cny": "CNY",
               "¥": "CNY", "美元": "USD", "美金": "USD", "usd": "USD", "us$": "USD", "$": "USD", "dollars": "USD",
               "港元": "HKD", "港币": "HKD", "元港币": "HKD", "hk$": "HKD", "hkd": "HKD", "欧元": "EUR", "€": "EUR", "euros": "EUR",
               "日元": "JPY", "日圆": "JPY", "韩元": "KRW", "韩圆": "KRW", "英镑": "GBP", "£": "GBP", "新台币": "TWD", "台币": "TWD",
               "元新台币": "TWD", "新元": "SGD", "新加坡元": "SGD", "澳元": "AUD", "加元": "CAD", "卢比": "INR", "瑞士法郎": "CHF"}  # fmt: skip
_ALTERNATIVES = "|".join(sorted(map(re.escape, (c for c in _CURRENCIES if c not in "¥$€£" and not c.endswith("$"))), key=len, reverse=True))  # fmt: skip

# Never begun inside a number, and of bounded length: a line of a million digits must cost a million steps.
_NUMBER = r"(?<!\d)(?<!\d[.,])(?:\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,8})?|\d{1,18}(?:\.\d{1,8})?)(?![.,]?\d)"
# A minus counts only where no number, letter or bracket stands before it: 3-5亿元 is a range, 2026-1 a date.
_SIGN = r"(?:(?<![a-z\d%)\]）年月日至])[-−]\s?)?"
_HAN = r"(?:万亿|千亿|百亿|十亿|千万|百万|十万|万万|亿|万|千|百|兆)"
_LATIN = r"(?:thousand|million|billion|trillion|mn|bn|tn|[kmbt])(?![a-z])"
_CN = r"(?<![一二两三四五六七八九十百千零〇])[一二两三四五六七八九十百千零〇]{1,9}(?![一二两三四五六七八九十百千零〇])"
_MORE = r"(?P<more>[多余几])?"
_DASH = r"\s*(?:-|—{1,2}|–|~|至|到)\s*"
_VAGUE = r"(?P<vague>数|几|上|近|超|逾|破|超过|突破)\s*(?P<scale>十万|百万|千万|万|十亿|百亿|千亿|万亿|亿|百|千)"

_COUNTERS = {
    "家": "家", "名": "名", "人次": "人次", "人": "人", "位": "位", "个": "个", "台": "台", "辆": "辆", "款": "款", "项": "项", "席": "席",
    "轮": "轮", "次": "次", "套": "套", "件": "件", "张": "张", "颗": "颗", "枚": "枚", "架": "架", "艘": "艘", "座": "座", "间": "间", "所": "所",
    "股": "股", "吨": "吨", "公里": "km", "千米": "km", "平方米": "平方米", "平方公里": "平方公里", "亩": "亩", "卡": "卡", "核": "核", "字": "字",
    "条": "条", "篇": "篇", "页": "页", "票": "票", "单": "单", "笔": "笔", "种": "种", "起": "起", "份": "份", "户": "户", "场": "场", "门": "门",
    "手": "手", "只": "只", "部": "部", "本": "本", "城": "城", "片": "片", "组": "组", "对": "对", "批": "批", "级": "级", "处": "处", "店": "店",
    "美元券": "份", "token": "token", "tokens": "token", "词元": "token", "参数": "parameter", "个参数": "parameter",
    "tops": "TOPS", "tflops": "TFLOPS", "gb/s": "GB/s", "tb/s": "TB/s", "gb": "GB", "tb": "TB", "mb": "MB", "pb": "PB",
    "纳米": "nm", "nm": "nm", "吉瓦": "GW", "兆瓦": "MW", "千瓦时": "kWh", "千瓦": "kW", "瓦": "W", "gw": "GW", "mw": "MW", "gwh": "GWh", "kwh": "kWh", "度电": "kWh",
    "hz": "Hz", "khz": "kHz", "ghz": "GHz", "fps": "fps", "毫秒": "ms", "ms": "ms", "米": "m", "厘米": "cm", "毫米": "mm", "公斤": "kg", "千克": "kg", "克": "g", "英寸": "英寸", "伏": "V",
    "int8tops": "TOPS", "int8 tops": "TOPS", "eflops": "EFLOPS", "pflops": "PFLOPS", "users": "user", "customers": "customer", "employees": "employee", "people": "人", "companies": "company", "parameters": "parameter", "gpus": "GPU", "countries": "country",
}  # fmt: skip
_BYTES_A_SECOND = {"GB/s": 9, "TB/s": 12}
_BYTES = {"KB": 3, "MB": 6, "GB": 9, "TB": 12, "PB": 15}
_COUNTER = "|".join(sorted(map(re.escape, _COUNTERS), key=len, reverse=True))
# Counters that also begin other words, or stand in dates and versions.
_NOT_COUNTED = r"(?!类|性|部分|股份|人工|本|代|年|月份|个月|季度)"
_DURATIONS = {"年": "year", "个月": "month", "周": "week", "个星期": "week", "星期": "week", "天": "day", "个工作日": "day", "个交易日": "day",
              "小时": "hour", "个小时": "hour", "分钟": "minute", "秒": "second", "个季度": "quarter", "years": "year", "months": "month",
              "weeks": "week", "days": "day", "hours": "hour", "minutes": "minute"}  # fmt: skip
_DURATION = "|".join(sorted(_DURATIONS, key=len, reverse=True))

_BEFORE = (
    ("不低于", ">="), ("不少于", ">="), ("不超过", "<="), ("不高于", "<="), ("不多于", "<="), ("至少", ">="), ("至多", "<="), ("最多", "<="), ("最高", "<="),
    ("最低", ">="), ("多达", "="), ("高达", "="), ("超过", ">"), ("突破", ">"), ("超出", ">"), ("高于", ">"), ("大于", ">"), ("高过", ">"), ("逾", ">"), ("超", ">"),
    ("冲破", ">"), ("破", ">"), ("不到", "<"), ("不足", "<"), ("低于", "<"), ("少于", "<"), ("小于", "<"), ("未达", "<"), ("未满", "<"), ("跌破", "<"), ("接近", "~"), ("将近", "~"),
    ("近", "~"), ("大约", "~"), ("约合", "~"), ("约为", "~"), ("约", "~"), ("大概", "~"), ("将超", ">"), ("一般在", "~"), ("上限为", "<="),
    ("more than", ">"), ("over", ">"), ("nearly", "~"), ("about", "~"), ("around", "~"), ("approximately", "~"),
    ("less than", "<"), ("at least", ">="), ("up to", "<="), ("above", ">"), ("below", "<"), ("exceeding", ">"),
)  # fmt: skip
_BEFORE_LONGEST = tuple(sorted(_BEFORE, key=lambda pair: len(pair[0]), reverse=True))
# Words that may stand between the qualifier and the number: 超过了 3 亿元, 不超过人民币8元, 近 12%.
_BEFORE_FILL = re.compile(r"[了过人民币\s¥$€£]*$|(?:us|hk)\$$")
_AFTER = re.compile(r"\s?(?P<word>左右|上下|以上|以下|以内|之多|开外|出头)")
_AFTER_OPS = {"左右": "~", "上下": "~", "以上": ">=", "以下": "<=", "以内": "<=", "之多": "=", "开外": ">", "出头": ">"}


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_MONEY = _compile(
    rf"(?P<prefix>(?:人民币|rmb|usd|hkd|us\$|hk\$|[$¥€£])\s?)?(?P<low>{_SIGN}{_NUMBER})\s?"
    rf"(?:(?P<lowscale>{_HAN})?(?P<lowcur>{_ALTERNATIVES})?{_DASH}(?P<high>{_NUMBER}))?\s?"
    rf"{_MORE}(?P<scale>{_HAN}|{_LATIN})?{_MORE.replace('more', 'more2')}(?:(?P<low2>{_NUMBER})(?P<scale2>万))?\s?(?P<currency>{_ALTERNATIVES})?"
)
_MONEY_CN = _compile(
    rf"(?P<low>{_CN})(?P<more>[多余几])?(?P<scale>万亿|亿|万)?(?P<more2>[多余])?(?P<currency>{_ALTERNATIVES})(?!件|素|年|旦|老|器|宝|组)"
)
_MONEY_VAGUE = _compile(rf"{_VAGUE}(?P<currency>{_ALTERNATIVES})(?!件|素|年)")
_MONEY_BROKEN = _compile(r"(?P<vague>破|超|过|近)(?P<scale>万亿|千亿|百亿|十亿|亿)(?=$|[\s。，,、；;）)」”!！])")
_PERCENT = _compile(
    rf"(?P<low>{_SIGN}{_NUMBER})\s?(?:{_DASH}(?P<high>{_NUMBER}))?\s?(?P<unit>%|个?百分点|percentage points|percent(?![a-z])|pct(?![a-z]))"
)
_PERCENT_CN = _compile(rf"百分之(?P<low>{_CN}(?:点{_CN})?|{_NUMBER})")
_COUNT = _compile(
    rf"(?P<low>{_SIGN}{_NUMBER})\s?(?:{_DASH}(?P<high>{_NUMBER}))?\s?{_MORE}(?P<scale>{_HAN}|(?:million|billion|trillion|thousand)(?![a-z]))?"
    rf"{_MORE.replace('more', 'more2')}\s?(?P<unit>(?:{_COUNTER})(?![a-z]){_NOT_COUNTED})"
)
_SCALED = _compile(
    rf"(?P<low>{_SIGN}{_NUMBER})\s?(?:{_DASH}(?P<high>{_NUMBER}))?\s?{_MORE}(?P<scale>{_HAN}|(?:million|billion|trillion)(?![a-z])){_MORE.replace('more', 'more2')}"
)
_VAGUE_COUNT = _compile(
    rf"(?P<vague>数)(?P<scale>十万|百万|千万|万|亿|百|千)\s?(?P<unit>(?:{_COUNTER})(?![a-z]){_NOT_COUNTED})?"
)
_PARAMETERS = _compile(rf"(?<![\w.\-])(?P<low>{_NUMBER})\s?(?P<scale>[bmt])(?![a-z0-9%/])")
_DURATION_VALUE = _compile(
    rf"(?<![\d第年月.])(?P<low>(?!0\d)\d{{1,3}}(?:\.\d+)?)(?:{_DASH}(?P<high>\d{{1,3}}))?\s?(?P<more>[多余])?\s?(?P<unit>(?:{_DURATION})(?![a-z代级底初末报]))"
)
_TIMES = _compile(
    rf"(?P<low>{_NUMBER}|{_CN})(?:{_DASH}(?P<high>{_NUMBER}|{_CN}))?\s?(?P<more>[多余])?\s?(?P<unit>倍|x(?![a-z0-9])|times(?![a-z]))"
)
_FRACTION_CN = _compile(rf"(?P<below>{_CN}|(?<!\d)\d{{1,6}})分之(?P<above>{_CN}|\d{{1,6}}(?!\d))")
_FRACTION = _compile(r"(?<![\d/.\w])(?P<above>[1-9])/(?P<below>[2-9]|10)(?![\d/.月日])")
_TENTHS = _compile(
    r"(?<![一二两三四五六七八九十百千\d])(?P<low>[一二三四五六七八九两\d])成(?![为立员都就功果熟长本交份分品绩人才了语型套])"
)
_CARDS = _compile(
    rf"(?P<low>{_NUMBER})\s?(?P<scale>{_HAN})?(?P<more>[多余])?\s?块(?=\s?(?:[a-z]|显卡|芯片|加速卡|算力卡))"
)
_HUNDRED_MILLION = _compile(
    r"(?<![\d十百千万亿数几一二两三四五六七八九.\s])(?P<vague>)(?P<scale>亿)(?P<currency>美元|元)(?=级|[^，,。；;]{0,8}(?:融资|投资|天使|战略))"
)
_HALF = _compile(r"(?P<half>半数|一半|五五开)")
_ROUNDS_CN = _compile(r"(?P<low>[两三四五六七八九十])(?P<unit>轮)(?!回|流|值|胎|驱|换|到)")
_ROUND = _compile(
    r"(?:(?<![a-z])(?P<letter>[a-h])\d?\+{0,2}\s?|第(?P<low>[一二三四五六七八九十]))(?P<unit>轮)(?!回|流|值|胎|驱|换|到)"
)
_TEN_THOUSAND = _compile(
    r"(?<![\d十百千亿一二两三四五六七八九])(?P<vague>万)(?P<unit>张|台|辆|卡|颗|枚|家|名|人)(?!民|集群|家灯|类|物)"
)
_GLANCE = r"排名?|位[列居]|名列|并列|[跃稳]?居|排行|榜单?|第一梯队|登上|占据|跻身|升至|拿下|夺得|全球|世界|全国|中国|国内|行业|市场|云南省|rank(?:ed|s)?"
_RANK = _compile(
    rf"第(?P<low>{_CN}|\d{{1,4}})(?P<unit>名|位|大|高|低|多)?(?![次季周代届章步条期版批部阶天年个款方人产时性财轮])"
)
_RANK_TOP = _compile(
    rf"前\s?(?P<low>{_CN}|\d{{1,4}})(?![\d])(?:\s?(?P<unit>名|位|强))?(?!\s?[名位年天月个周日季次届期大轮所些后台沿者款\d家])"
)
_RANK_FIRST = _compile(r"(?P<first>榜首|首位|冠军)")
_RANK_CONTEXT = re.compile(rf"(?:{_GLANCE}).{{0,8}}$")


def lex_values(folded: str, *, blocked: Sequence[tuple[int, int]] = ()) -> list[Value]:
    """Values of the text in order. Nothing that touches a `blocked` span (names, dates) is read."""
    candidates = sorted(_candidates(folded), key=lambda value: (value.start, -value.end))
    return list(_disjoint(candidates, sorted(blocked)))


def _candidates(folded: str) -> Iterator[Value]:
    for pattern, read in _READERS:
        for match in pattern.finditer(folded):
            value = read(match, folded)
            if value is not None:
                yield value


def _disjoint(candidates: Iterable[Value], blocked: Sequence[tuple[int, int]]) -> Iterator[Value]:
    end, index = 0, 0
    for value in candidates:
        while index < len(blocked) and blocked[index][1] <= value.start:
            index += 1
        touches = index < len(blocked) and blocked[index][0] < value.end
        if value.start >= end and not touches:
            yield value
            end = value.end


def _number(written: str) -> Decimal:
    plain = re.sub(r"[,\s]", "", written).replace("−", "-")
    try:
        return Decimal(plain)
    except InvalidOperation:
        return Decimal(chinese_number(plain))


def chinese_number(written: str) -> int:
    """The value of a Chinese numeral below a hundred million.

    >>> chinese_number("七十"), chinese_number("两千零五"), chinese_number("十二")
    (70, 2005, 12)
    """
    total, digit, section = 0, 0, 0
    for character in written:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character == "万":
            total, section, digit = (total + section + digit) * 10**4, 0, 0
        else:
            section += (digit or 1) * _SCALES.get(character, 1)
            digit = 0
    return total + section + digit


def qualifier_before(folded: str, start: int) -> tuple[str, str] | None:
    """(word, op) of the qualifier that stands before `start`: 近, 超过, 不到."""
    window = folded[max(0, start - 12) : start]
    fill = _BEFORE_FILL.search(window)
    head = window[: fill.start()] if fill else window
    for word, op in _BEFORE_LONGEST:
        if head.endswith(word):
            return word, op
    return None


def _build(
    match: Match[str],
    folded: str,
    kind: str,
    unit: str | None,
    value: Decimal,
    high: Decimal | None = None,
    op: str = "=",
) -> Value:
    """The value with its qualifier; `op` is what the value's own words said ("数", "多")."""
    start, end = match.start(), match.start() + len(match.group().rstrip())
    qualifier: str | None = None
    before, after = qualifier_before(folded, start), _AFTER.match(folded, end)
    if before is not None:
        qualifier, op = before
    elif after is not None:
        qualifier = after.group("word")
        op = _AFTER_OPS[qualifier]
    elif match.groupdict().get("vague"):
        qualifier = match.group("vague")
    return Value(
        text=folded[start:end], start=start, end=end, kind=kind, value=value, value_high=high, unit=unit, op=op, qualifier=qualifier
    )  # fmt: skip


def _scaled(match: Match[str]) -> tuple[Decimal, Decimal | None, str]:
    """(value, upper end, op) with the scale applied to both ends: 3-5亿 is 300000000 to 500000000."""
    groups = match.groupdict()
    scale = _SCALES.get(groups.get("scale") or "", 1)
    low_scale = _SCALES[groups["lowscale"]] if groups.get("lowscale") else scale
    low = _number(match.group("low")) * low_scale
    high = _number(groups["high"]) * scale if groups.get("high") else None
    if groups.get("low2"):
        low += _number(groups["low2"]) * _SCALES[groups["scale2"]]
    return low, high, ">" if groups.get("more") or groups.get("more2") else "="


def _money(match: Match[str], folded: str) -> Value | None:
    prefix = (match.group("prefix") or "").strip()
    currency = match.group("currency")
    if not currency and not prefix:
        return None
    if match.group("scale") in ("k", "m", "b", "t") and not prefix:
        return None
    if currency == "块" and folded[match.end() : match.end() + 1] not in (
        "",
        "，",
        ",",
        "。",
        "、",
        " ",
        "钱",
        "的",
        "/",
    ):
        return None  # 三块屏幕 counts screens
    value, high, op = _scaled(match)
    return _build(match, folded, "MONEY", _CURRENCIES[currency or prefix], value, high, op)


def _money_chinese(match: Match[str], folded: str) -> Value | None:
    low, currency = match.group("low"), match.group("currency")
    if currency in ("元", "块") and not match.group("scale") and len(low) < 2:
        return None  # 一元论, 两块
    if not any(digit in _DIGITS for digit in low) and qualifier_before(folded, match.start()) is None:
        return None  # 百万美元富翁: an order of magnitude, nobody's sum
    value, high, op = _scaled(match)
    return _build(match, folded, "MONEY", _CURRENCIES[match.group("currency")], value, high, op)


_VAGUE_OPS = {
    "数": ">",
    "几": ">",
    "上": ">=",
    "近": "~",
    "超": ">",
    "逾": ">",
    "破": ">=",
    "超过": ">",
    "突破": ">",
    "过": ">",
}


def _money_vague(match: Match[str], folded: str) -> Value:
    currency = _CURRENCIES[match.groupdict().get("currency") or "元"]
    op = _VAGUE_OPS[match.group("vague")]
    return _build(match, folded, "MONEY", currency, Decimal(_SCALES[match.group("scale")]), None, op)


def _percent(match: Match[str], folded: str) -> Value:
    low = _number(match.group("low"))
    high = _number(match.group("high")) if match.group("high") else None
    points = "点" in match.group("unit") or "points" in match.group("unit")
    return _build(match, folded, "PERCENT", "pp" if points else "%", low, high)


def _percent_chinese(match: Match[str], folded: str) -> Value:
    whole, _, part = match.group("low").partition("点")
    decimals = "".join(str(_DIGITS.get(digit, 0)) for digit in part)
    value = _number(whole) + (Decimal(f"0.{decimals}") if decimals else 0)
    return _build(match, folded, "PERCENT", "%", value)


def _count(match: Match[str], folded: str) -> Value | None:
    value, high, op = _scaled(match)
    unit = _COUNTERS[match.group("unit")]
    if unit in _BYTES:
        value, high, unit = value * 10 ** _BYTES[unit], high and high * 10 ** _BYTES[unit], "byte"
    if unit in _BYTES_A_SECOND:
        value, unit = value * 10 ** _BYTES_A_SECOND[unit], "byte/s"
    if _is_label(match, folded):
        return None
    return _build(match, folded, "COUNT", unit, value, high, op)


_LABEL_BEFORE = re.compile(r"(?:第|前\s?|[a-z]-?|\d[.:]|[-/])$")


def _is_label(match: Match[str], folded: str) -> bool:
    """第12届, 4.5/4.6 and A100 卡 number things; they count nothing."""
    return bool(_LABEL_BEFORE.search(folded[max(0, match.start() - 3) : match.start()]))


def _bare_scaled(match: Match[str], folded: str) -> Value | None:
    if _is_label(match, folded):
        return None
    value, high, op = _scaled(match)
    return _build(match, folded, "COUNT", None, value, high, op)


def _vague_count(match: Match[str], folded: str) -> Value:
    unit = _COUNTERS[match.group("unit")] if match.group("unit") else ""
    return _build(match, folded, "COUNT", unit, Decimal(_SCALES[match.group("scale")]), None, ">")


def _parameters(match: Match[str], folded: str) -> Value:
    return _build(match, folded, "COUNT", "parameter", _scaled(match)[0])


def _duration(match: Match[str], folded: str) -> Value | None:
    if re.search(r"(?:[-/.:]|成立于|未来|过去|最近|今后)$", folded[max(0, match.start() - 3) : match.start()]):
        return None
    value, high, op = _scaled(match)
    return _build(match, folded, "DURATION", _DURATIONS[match.group("unit")], value, high, op)


def _times(match: Match[str], folded: str) -> Value | None:
    low = _number(match.group("low"))
    high = _number(match.group("high")) if match.group("high") else None
    return _build(match, folded, "RATIO", "times", low, high, ">" if match.group("more") else "=")


def _fraction(match: Match[str], folded: str) -> Value | None:
    below = _number(match.group("below"))
    if below == 0:
        return None
    return _build(
        match, folded, "RATIO", "ratio", (_number(match.group("above")) / below).quantize(Decimal("0.0000001"))
    )


def _half(match: Match[str], folded: str) -> Value:
    return _build(match, folded, "RATIO", "ratio", Decimal(1) if match.group() == "五五开" else Decimal("0.5"))


def _tenths(match: Match[str], folded: str) -> Value:
    """七成 is 70%."""
    return _build(match, folded, "PERCENT", "%", _number(match.group("low")) * 10)


def _cards(match: Match[str], folded: str) -> Value:
    value, _, op = _scaled(match)
    return _build(match, folded, "COUNT", "块", value, None, op)


def _hundred_million(match: Match[str], folded: str) -> Value:
    return _build(match, folded, "MONEY", _CURRENCIES[match.group("currency")], Decimal(10**8), None, "~")


def _rounds(match: Match[str], folded: str) -> Value:
    return _build(match, folded, "COUNT", "轮", _number(match.group("low")))


def _round(match: Match[str], folded: str) -> Value:
    """A financing round by its place: A is the first, C轮 the third."""
    letter = match.group("letter")
    place = Decimal(ord(letter) - ord("a") + 1) if letter else _number(match.group("low"))
    return _build(match, folded, "COUNT", "轮", place)


def _ten_thousand(match: Match[str], folded: str) -> Value:
    return _build(match, folded, "COUNT", _COUNTERS[match.group("unit")], Decimal(10**4), None, ">=")


def _rank(match: Match[str], folded: str) -> Value | None:
    after = folded[match.end() : match.end() + 2]
    close = match.group("unit") in ("高", "低", "多", "大") or _RANK_CONTEXT.search(
        folded[max(0, match.start() - 12) : match.start()]
    )
    if (
        not close
        or re.match(r"[部梯性把曲流手线股一二三四五六七八九十\d点家]|位的", after)
        or (match.group("unit") == "位" and after[:1] == "的")
    ):
        return None
    return _build(match, folded, "RANK", "rank", _number(match.group("low")))


def _rank_top(match: Match[str], folded: str) -> Value | None:
    if folded[match.end() : match.end() + 1] in ("中", "的", "大") or not _RANK_CONTEXT.search(folded[max(0, match.start() - 10) : match.start()]):  # fmt: skip
        return None
    return _build(match, folded, "RANK", "rank", _number(match.group("low")), None, "<=")


def _rank_first(match: Match[str], folded: str) -> Value | None:
    if not re.search(r"(?:居|位[列居]|登上|登顶|排名?|拿下|夺得|荣获|获得?|稳坐|占据|跃至|升至).{0,10}$", folded[max(0, match.start() - 14) : match.start()]):  # fmt: skip
        return None
    return _build(match, folded, "RANK", "rank", Decimal(1))


_READERS: tuple[tuple[re.Pattern[str], Callable[[Match[str], str], Value | None]], ...] = (
    (_MONEY, _money), (_MONEY_CN, _money_chinese), (_MONEY_VAGUE, _money_vague), (_MONEY_BROKEN, _money_vague),
    (_PERCENT, _percent), (_PERCENT_CN, _percent_chinese), (_TIMES, _times), (_FRACTION_CN, _fraction), (_FRACTION, _fraction),
    (_HALF, _half), (_TENTHS, _tenths), (_CARDS, _cards), (_HUNDRED_MILLION, _hundred_million), (_DURATION_VALUE, _duration), (_COUNT, _count), (_SCALED, _bare_scaled), (_VAGUE_COUNT, _vague_count),
    (_PARAMETERS, _parameters), (_ROUNDS_CN, _rounds), (_ROUND, _round), (_TEN_THOUSAND, _ten_thousand), (_RANK, _rank), (_RANK_TOP, _rank_top), (_RANK_FIRST, _rank_first),
)  # fmt: skip
