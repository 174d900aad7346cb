"""Binding: of whom, of what and of when each value speaks.

values + metric words + names + dates ─ per sentence ─▶ metric ─▶ period ─▶ subject ─ 分别 ─▶ figures

Everything is decided inside the sentence where it can be; what a sentence leaves out is taken from the sentence
before it (period of statement lines, topic) and last from the article (its main company).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nlp.components.clauses import at, clauses, inside
from nlp.components.dates import expand, join_ranges
from nlp.components.metrics import Metric, MetricFinder, MetricWord
from nlp.components.records import DateMention, Mention, Span, Value
from nlp.records import Figure

_SUBJECT_TYPES = frozenset({"COMPANY", "PRODUCT"})
# How far a metric word may reach, in characters of distance plus penalties. Found on the seed and half of the open
# domain texts: a word of the same clause beats one of an earlier clause, a word right behind the value beats both.
_EARLIER_CLAUSE = 14
_BEHIND = 4
_REACH = 90
_AHEAD = 40
_OPENS = 3  # a sentence opens with its value: nothing stands before that could name it

_CHANGE = re.compile(
    r"(?:增长|增加|增幅|增速|上升|上涨|提升|提高|下降|下滑|下跌|减少|降低|收窄|扩大|飙升|暴涨|暴跌|大增|大涨|大跌|骤降|骤增|激增|涨幅|跌幅|降幅|缩水|增|涨|跌|降|up|down|rose|fell|increased|decreased|grew|jumped)"
    r"(?:了|近|超过|超|逾|约|达到|高达|达|为|幅度|接近|高|by|\s|-|惊人的)*$"
)
_LEVEL = re.compile(r"(?:至|到|为|至近|至约|至超)\s*$")
_PRICE_CONTEXT = re.compile(r"股价|股票|盘前|盘后|盘中|收盘|开盘|收涨|收跌|港股|美股|a股|shares?\b|指数|股市|涨幅|跌幅")
_OF_SHARES = re.compile(r"(?:股本|股份|股权|注册资本|持股)")
_OF_REVENUE = re.compile(r"(?:收入|营收|营业收入)")
_APPORTIONED = re.compile(r"分别(?:约?[为是达占至]|高?达到?|实现|增长|上涨|下跌|下降|同比增长|同比下降)?")
_LIST_GAP = re.compile(r"(?:[、，,\s和与及以]|(?<=[、，,\s])?(?:近|约|超|逾|超过|以及|达|为))*")
# A name behind one of these is not what the sentence is about.
_GOVERNED = re.compile(
    r"(?:由|与|在|对|向|比|较|越了?|超过了?|被|给|据|跟|于|替|来自|包括|包括了|除了?|除|借助|依靠|作为|使用|通过|用|相比)\s*[“\"「『]?$"
)
# "与 AI 芯片初创公司 Groq": what the name is stands between the preposition and the name.
_APPOSED = re.compile(r"(?:与|同|跟|对|向|由|被)[^，,。；;、的]{0,12}(?:公司|企业|厂商|巨头|机构|平台)\s*[“\"「『]?$")
_LISTED = re.compile(r"(?:[、和与及]|以及)\s*[“\"「『]?$")
_ITSELF = re.compile(
    r"(?:该公司|公司|本公司|集团|本集团|该集团|企业|前者|该企业|其|它|这家公司|这款产品|该模型|该产品)"
)
# A year in which something began is no period of a figure: 自2015年成立以来, 2019年加入.
_SINCE = re.compile(r"\s*(?:正式)?(?:成立|创立|创办|以来|毕业|加入|出生|诞生|上市以来|起)")
_STATEMENT = frozenset(
    {"revenue", "net_revenue", "segment_revenue", "net_profit", "net_loss", "gross_profit", "operating_profit", "eps"}
)
_REPORT = re.compile(r"业绩|财报|年报|年度")
_YOY_BASES = re.compile(r"同比|上年同期|去年同期|year.over.year|yoy|from a year")


@dataclass(slots=True, kw_only=True)
class Binding:
    """All that is known of a text when its values are bound. Lists are ordered by position."""

    text: str
    folded: str
    sentences: Sequence[Span]
    values: Sequence[Value]
    mentions: Sequence[Mention]
    dates: Sequence[DateMention]
    words: Sequence[MetricWord]
    finder: MetricFinder
    main: str | None = None
    topic: str | None = None  # of the sentence before
    statement: str | None = None  # the period last reported on
    figures: list[Figure] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Sentence:
    span: Span
    clauses: list[Span]
    values: list[Value]
    names: list[Mention]
    places: list[Mention]
    dates: list[DateMention]
    ranges: list[DateMention]
    words: list[MetricWord]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    """A metric as bound: `id` may say more than the vocabulary ("revenue_yoy")."""

    id: str
    metric: Metric


def bind(binding: Binding) -> list[Figure]:
    """The figures of the text in order."""
    touched: set[int] = {at(binding.sentences, item.start) for item in binding.values}
    named = {at(binding.sentences, item.start) for item in binding.mentions if item.type in _SUBJECT_TYPES}
    dated = {at(binding.sentences, item.start) for item in binding.dates}
    for index in sorted(touched | named | dated):
        sentence = _sentence(binding, binding.sentences[index])
        if index in touched:
            binding.figures.extend(_bind_sentence(binding, sentence))
        _carry(binding, sentence)
    return binding.figures


def _sentence(binding: Binding, span: Span) -> _Sentence:
    dates = inside(binding.dates, span)
    return _Sentence(
        span=span,
        clauses=clauses(binding.folded, span),
        values=inside(binding.values, span),
        names=[name for name in inside(binding.mentions, span) if name.type in _SUBJECT_TYPES],
        places=[name for name in inside(binding.mentions, span) if name.type == "GPE"],
        dates=dates,
        ranges=join_ranges(dates, binding.folded),
        words=inside(binding.words, span),
    )


def _carry(binding: Binding, sentence: _Sentence) -> None:
    """What the next sentence may leave out."""
    topic = _topic(binding, sentence, sentence.span.end)
    if topic is not None:
        binding.topic = topic.label
    for date in sentence.dates:
        if _reports(binding, date):
            binding.statement = date.period


def _reports(binding: Binding, date: DateMention) -> bool:
    """True for a period that statements are made for: a quarter, a half, a fiscal year, a year of a report."""
    if date.period is None or date.grain == "same_period":
        return False
    if date.grain in ("quarter", "half") or date.period.startswith("FY"):
        return True
    return date.grain == "year" and bool(_REPORT.search(binding.folded[date.start : date.end + 8]))


def _bind_sentence(binding: Binding, sentence: _Sentence) -> list[Figure]:
    bound: list[tuple[Value, _Meaning | None]] = []
    for value in sentence.values:
        meaning = _meaning(binding, sentence, value)
        settled = _settle_unit(value, meaning, currency=_currency(bound))
        if settled is not None:
            bound.append((settled, meaning))
    figures = [_figure(binding, sentence, value, meaning) for value, meaning in bound]
    return _apportion(binding, sentence, figures)


def _figure(binding: Binding, sentence: _Sentence, value: Value, meaning: _Meaning | None) -> Figure:
    assert value.unit is not None  # settled before
    return Figure(
        text=binding.text[value.start : value.end],
        start=value.start,
        end=value.end,
        kind=value.kind,
        value=value.value,
        value_high=value.value_high,
        unit=value.unit,
        op=value.op,
        qualifier=value.qualifier,
        metric=meaning.id if meaning else None,
        subject=_subject(binding, sentence, value, meaning),
        period=_period(binding, sentence, value, meaning),
    )


def _currency(bound: Sequence[tuple[Value, _Meaning | None]]) -> str:
    """What a sum without a currency is in: that of the last sum of the sentence, else CNY."""
    return next((value.unit for value, _ in reversed(bound) if value.kind == "MONEY" and value.unit), "CNY")


def _settle_unit(value: Value, meaning: _Meaning | None, *, currency: str) -> Value | None:
    """A bare 2400 亿 is money where a money metric claims it, a count where a count metric does, else nothing."""
    if value.unit:
        return value
    if meaning is None:
        return None
    if value.unit is None and "MONEY" in meaning.metric.kinds:
        return replace(value, kind="MONEY", unit=currency)
    return replace(value, unit=meaning.metric.unit)


# ---- metric ----


def _meaning(binding: Binding, sentence: _Sentence, value: Value) -> _Meaning | None:
    clause = sentence.clauses[at(sentence.clauses, value.start)]
    if value.kind == "PERCENT" or (value.kind == "RATIO" and value.unit == "times"):
        special = _percent_meaning(binding, sentence, value, clause)
        if special is not None:
            return special
    if value.unit == "parameter":
        return _parameter_meaning(binding, value, clause)
    if value.unit == "轮":
        return _round_meaning(binding, value)
    metric = _nearest_metric(sentence, value, clause) or binding.finder.by_unit.get(value.unit or "")
    return _Meaning(id=metric.id, metric=metric) if metric else None


def _nearest_metric(sentence: _Sentence, value: Value, clause: Span) -> Metric | None:
    best: tuple[float, Metric] | None = None
    for word in sentence.words:
        metric = next((metric for metric in word.metrics if metric.allows(value)), None)
        if metric is None:
            continue
        if _counted_by_another(sentence, word, value):
            continue
        cost = _distance(word, value, _reach(sentence, value, clause))
        if cost is not None and (best is None or cost < best[0]):
            best = (cost, metric)
    return best[1] if best else None


def _counted_by_another(sentence: _Sentence, word: MetricWord, value: Value) -> bool:
    """ "8000 万台终端设备及超 4500 万名开发者": the devices are counted by the first number alone."""
    if value.kind != "COUNT":
        return False
    return any(
        other is not value and other.kind == "COUNT" and other.unit and 0 <= word.start - other.end <= 1
        for other in sentence.values
    )


def _reach(sentence: _Sentence, value: Value, clause: Span) -> Span:
    """Where words behind the value may stand: in its clause; in the whole sentence where that opens with the value."""
    return sentence.span if value.start - sentence.span.start <= _OPENS else clause


def _distance(word: MetricWord, value: Value, clause: Span) -> float | None:
    """How far a word is from the value; None out of reach. Longer words say more: each character is worth one."""
    length = word.end - word.start
    if word.start >= value.end:
        gap = word.start - value.end
        if word.start >= clause.end or gap > _AHEAD:
            return None
        if gap == 0 and value.kind == "MONEY":
            return -_BEHIND - length  # 2亿美金估值, 5000万美元融资
        # "95 家机构客户", "13 亿美金的新一轮融资": what directly follows is what is counted.
        return gap * (0.6 if value.kind == "COUNT" else 1.0) + (_BEHIND if value.kind != "COUNT" else 0) - length
    if word.end > value.start:
        return 0.0 - length if word.start <= value.start else None
    gap = value.start - word.end
    if word.start < clause.start:
        gap += _EARLIER_CLAUSE
    return gap - length if gap <= _REACH else None


def _percent_meaning(binding: Binding, sentence: _Sentence, value: Value, clause: Span) -> _Meaning | None:
    before = binding.folded[clause.start : value.start]
    head = (
        before[: len(before) - len(value.qualifier or "")]
        if value.qualifier and before.endswith(value.qualifier)
        else before
    )
    by_id = binding.finder.by_id
    if _CHANGE.search(before) and not _LEVEL.search(before):
        return _growth(binding, sentence, value, before)
    if re.search(r"(?:同比|环比)[^，,。]{0,8}$", head) and not _LEVEL.search(before):
        return _growth(binding, sentence, value, before)
    if re.search(r"占", before):
        after = before[before.rindex("占") :] + binding.folded[value.end : value.end + 6]
        if _OF_SHARES.search(after):
            return _Meaning(id="shareholding", metric=by_id["shareholding"])
        if _OF_REVENUE.search(after) and "算力" not in before:
            return _Meaning(id="revenue_share", metric=by_id["revenue_share"])
    return None


def _growth(binding: Binding, sentence: _Sentence, value: Value, before: str) -> _Meaning:
    by_id = binding.finder.by_id
    so_far = binding.folded[sentence.span.start : value.start]
    base = _base(sentence, value)
    if "环比" in before:
        return _Meaning(id=f"{base}_qoq" if base else "growth_qoq", metric=by_id["growth_qoq"])
    if _YOY_BASES.search(before):
        return _Meaning(id=f"{base}_yoy" if base else "growth_yoy", metric=by_id["growth_yoy"])
    if _PRICE_CONTEXT.search(so_far):
        return _Meaning(id="price_change", metric=by_id["price_change"])
    product = next((m for w in reversed(sentence.words) if w.end <= value.start for m in w.metrics if m.subject == "product" and m.allows(value)), None)  # fmt: skip
    if product is not None:
        return _Meaning(id=product.id, metric=product)
    if base in _STATEMENT or _YOY_BASES.search(so_far):
        return _Meaning(id=f"{base}_yoy" if base else "growth_yoy", metric=by_id["growth_yoy"])
    return _Meaning(id="growth", metric=by_id["growth_yoy"])


def _base(sentence: _Sentence, value: Value) -> str | None:
    """The statement line or count that grew: the last such word before the value."""
    for word in reversed(sentence.words):
        if word.end <= value.start:
            for metric in word.metrics:
                if metric.period in ("statement", "reporting") and {"MONEY", "COUNT"} & set(metric.kinds):
                    return metric.id
    return None


def _parameter_meaning(binding: Binding, value: Value, clause: Span) -> _Meaning:
    before = binding.folded[max(clause.start, value.start - 8) : value.start]
    behind = re.match(r"\s*(?:的)?(?:激活|active)", binding.folded[value.end : value.end + 10])
    id_ = "active_parameters" if behind or re.search(r"激活|active", before) else "parameters"
    return _Meaning(id=id_, metric=binding.finder.by_id[id_])


def _round_meaning(binding: Binding, value: Value) -> _Meaning:
    """ "A轮", "第三轮" name a round; "11轮", "两轮" count them."""
    id_ = "round" if re.match(r"第|[a-h]", value.text) else "funding_rounds"
    return _Meaning(id=id_, metric=binding.finder.by_id[id_])


# ---- period ----


def _period(binding: Binding, sentence: _Sentence, value: Value, meaning: _Meaning | None) -> str | None:
    wants = meaning.metric.period if meaning else "none"
    if wants == "none":
        return None
    before = [date for date in sentence.ranges if date.end <= value.start and date.period]
    for date in reversed(before):
        if _belongs(date, wants, value, since=bool(_SINCE.match(binding.folded, date.end))):
            return date.period
    behind = _period_behind(binding, sentence, value)
    if behind is not None and (behind.grain != "day" or wants == "day"):
        return behind.period
    return binding.statement if wants == "statement" else None


def _belongs(date: DateMention, wants: str, value: Value, *, since: bool) -> bool:
    """A day belongs to what has a price every day; last year's same period only to the value right behind it."""
    if since:
        return False
    if date.grain == "same_period":
        return value.start - date.end <= 6
    if wants == "day":
        return date.grain in ("day", "month") or value.start - date.end <= 12
    return date.grain != "day"


def _period_behind(binding: Binding, sentence: _Sentence, value: Value) -> DateMention | None:
    """ "95 家（2025H1）", "$3 billion in 2024": a date right behind the value."""
    for date in sentence.ranges:
        if 0 <= date.start - value.end <= 6 and re.fullmatch(
            r"\s*(?:[（(]|是在?|在|为|于|in|for|by|as of)?\s*", binding.folded[value.end : date.start]
        ):
            return date
    return None


# ---- subject ----


def _subject(binding: Binding, sentence: _Sentence, value: Value, meaning: _Meaning | None) -> str | None:
    if meaning is not None and meaning.metric.subject == "product":
        product = _product(binding, sentence, value)
        if product is not None:
            return product.label
    clause = sentence.clauses[at(sentence.clauses, value.start)]
    local = [
        name
        for name in sentence.names
        if clause.start <= name.start and name.end <= value.start and _kind_fits(name, meaning)
    ]
    for name in reversed(local):
        if not _governed(binding, sentence, name):
            return name.label
    topic = _topic(binding, sentence, value.start, meaning)
    if topic is not None:
        return topic.label
    behind = _owner_behind(binding, sentence, value)
    if behind is not None:
        return behind.label
    return binding.topic or binding.main or _place(sentence, value)


def _place(sentence: _Sentence, value: Value) -> str | None:
    """In a text that names no company, figures are said of places: 中国, the one named last before the value."""
    before = [place for place in sentence.places if place.end <= value.start]
    return before[-1].label if before else None


def _kind_fits(name: Mention, meaning: _Meaning | None) -> bool:
    """A company metric is said of companies, and of products only where the article's own words put it there."""
    return name.type == "COMPANY" or meaning is None or meaning.metric.subject != "company"


def _topic(binding: Binding, sentence: _Sentence, before: int, meaning: _Meaning | None = None) -> Mention | None:
    """What the sentence is about: its first name that nothing governs."""
    names = [name for name in sentence.names if name.end <= before and not _governed(binding, sentence, name)]
    if names and meaning and meaning.metric.subject == "any":
        return names[0]
    companies = [name for name in names if name.type == "COMPANY"]
    if companies:
        return companies[0]
    if names and not (meaning and meaning.metric.subject == "company" and binding.topic):
        return names[0]
    return None


def _governed(binding: Binding, sentence: _Sentence, name: Mention) -> bool:
    """True for a name that a preposition holds, or that only continues a list which one holds."""
    head = binding.folded[max(sentence.span.start, name.start - 20) : name.start]
    if _GOVERNED.search(head) or _APPOSED.search(head):
        return True
    if not _LISTED.search(head):
        return False
    earlier = [other for other in sentence.names if other.end <= name.start]
    near = bool(earlier) and name.start - earlier[-1].end <= 4
    return near and _governed(binding, sentence, earlier[-1])


def _product(binding: Binding, sentence: _Sentence, value: Value) -> Mention | None:
    """The product a value of products is said of: "6710 亿参数的 DeepSeek-R1", else the nearest before it."""
    products = [name for name in sentence.names if name.type == "PRODUCT"]
    for name in products:
        if 0 <= name.start - value.end <= 20 and re.fullmatch(
            r"[^，,。；;、]{0,16}的[^，,。；;、]{0,6}", binding.folded[value.end : name.start]
        ):
            return name
    before = [name for name in products if name.end <= value.start]
    free = [name for name in before if not _governed(binding, sentence, name) and not _bracketed(binding, name)]
    chosen = free or before
    return chosen[-1] if chosen else None


def _bracketed(binding: Binding, name: Mention) -> bool:
    """True for a name in brackets: another name of what stands before them."""
    return name.start > 0 and binding.folded[name.start - 1] in "(（"


def _owner_behind(binding: Binding, sentence: _Sentence, value: Value) -> Mention | None:
    """ "243.77 亿元，17 日通过港交所聆讯的智谱": a sentence that opens with its value names the owner after it."""
    companies = [name for name in sentence.names if name.type == "COMPANY" and name.start >= value.end]
    if not companies:
        return None
    opens_clause = any(0 <= companies[0].start - clause.start <= 1 for clause in sentence.clauses)
    return companies[0] if opens_clause or value.start - sentence.span.start <= _OPENS else None


# ---- 分别 ----


def _apportion(binding: Binding, sentence: _Sentence, figures: list[Figure]) -> list[Figure]:
    """Values behind 分别 belong in order to the periods, or the companies, listed before it."""
    out = list(figures)
    previous: tuple[str, ...] = ()
    for match in _APPORTIONED.finditer(binding.folded, sentence.span.start, sentence.span.end):
        run = _run(binding, out, match.end())
        if len(run) < 2:
            continue
        periods = _listed_periods(sentence, match.start()) or previous
        owners = _listed_owners(binding, sentence, match.start())
        if len(periods) == len(run):
            for index, period in zip(run, periods, strict=True):
                out[index] = replace(out[index], period=period)
            previous = periods
        elif len(owners) == len(run):
            for index, owner in zip(run, owners, strict=True):
                out[index] = replace(out[index], subject=owner)
        _share_metric(out, run)
    return _follow(binding, sentence, out)


def _share_metric(out: list[Figure], run: Sequence[int]) -> None:
    first = out[run[0]]
    for index in run[1:]:
        if out[index].kind == first.kind and out[index].unit == first.unit:
            out[index] = replace(out[index], metric=first.metric)


def _run(binding: Binding, figures: Sequence[Figure], start: int) -> list[int]:
    """Indexes of the values that stand in one list from `start` on."""
    run: list[int] = []
    position = start
    for index, figure in enumerate(figures):
        if figure.start < start:
            continue
        limit = 14 if not run else 8
        gap = binding.folded[position : figure.start]
        if figure.start - position > limit or (
            run and (figures[run[0]].kind != figure.kind or not _LIST_GAP.fullmatch(gap))
        ):
            break
        run.append(index)
        position = figure.end
    return run


def _listed_periods(sentence: _Sentence, before: int) -> tuple[str, ...]:
    """The periods listed last before 分别: from the beginning of the sentence, or after the last value."""
    start = max((value.end for value in sentence.values if value.end <= before), default=sentence.span.start)
    found: list[str] = []
    for date in sentence.ranges:
        if start <= date.start and date.end <= before and date.period:
            found.extend(expand(date.period))
    return tuple(found)


def _listed_owners(binding: Binding, sentence: _Sentence, before: int) -> tuple[str, ...]:
    start = max((value.end for value in sentence.values if value.end <= before), default=sentence.span.start)
    owners = [name.label for name in sentence.names if start <= name.start and name.end <= before]
    return tuple(dict.fromkeys(owners))


def _follow(binding: Binding, sentence: _Sentence, figures: list[Figure]) -> list[Figure]:
    """A growth rate behind a figure is of that figure's period, unless last year's figure stands between them."""
    if any(date.grain == "same_period" for date in sentence.dates):
        return figures
    out: list[Figure] = []
    for figure in figures:
        last = out[-1] if out else None
        if (
            last
            and last.period
            and figure.metric
            and figure.metric.endswith(("_yoy", "_qoq"))
            and not _date_between(sentence, last, figure)
        ):
            figure = replace(figure, period=last.period)
        out.append(figure)
    return out


def _date_between(sentence: _Sentence, one: Figure, other: Figure) -> bool:
    return any(one.end <= date.start and date.end <= other.start for date in sentence.dates)
