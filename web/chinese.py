"""What errors say, in Chinese, for the pages; the API and the command line say them as they are.

An error has its words where it is raised, in English, and they are its identity here, as in gettext: SAID has for each
message and hint its Chinese text, with {} where a value stands, in the same order. A test reads the code of every error
that a page may meet and fails where one is not here, so a changed word in English is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from zhiwen.errors import QueryError, ZhiwenError


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """An error in words. `english`: not all of it is known here, so it is said as it was raised."""

    message: str
    hint: str | None
    english: bool

    def __str__(self) -> str:
        if self.hint is None:
            return self.message
        return f"{self.message} ({self.hint})" if self.english else f"{self.message}（{self.hint}）"


def words(error: ZhiwenError) -> Words:
    """What `error` says, without the column of a query: the pages show the place itself."""
    message = error.message
    if isinstance(error, QueryError):
        message = message.removeprefix(f"column {error.column}: ")
    said = in_chinese(message)
    hint = in_chinese(error.hint) if error.hint else None
    if said is None or (error.hint and hint is None):
        return Words(message=message, hint=error.hint, english=True)
    return Words(message=said, hint=hint, english=False)


def in_chinese(text: str) -> str | None:
    """None for what is not in SAID.

    >>> in_chinese("there is no field 'titel'")
    "没有 'titel' 这个字段"
    """
    for pattern, chinese in _patterns():
        if found := pattern.fullmatch(text):
            return chinese.format(*found.groups())
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    # Those with most words of their own first: "at most {} letters" is also an "at most {}".
    ordered = sorted(SAID, key=lambda english: -len(english.replace("{}", "")))
    return tuple((_pattern(english), SAID[english]) for english in ordered)


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(map(re.escape, english.split("{}"))), re.DOTALL)


_QUERY = {
    "nothing to search for in {}": "{} 里没有可以搜索的内容",
    "write a word or a name": "请输入词语或名称",
    "punctuation alone is not indexed": "单独的标点不在索引中",
    "the query is too long": "搜索词太长",
    "a query has at most {} characters; this one has {}": "最多 {} 个字符，现在有 {} 个",
    "this quote is never closed": "这个引号没有闭合",
    'close it with "': '请补上另一半引号 "',
    "{} words are too many": "{} 个词太多了",
    "{} words are too many for nearness": "要求 {} 个词彼此靠近，太多了",
    "at most {}": "最多 {}",
    "this ) closes nothing": "这个右括号没有对应的左括号",
    "drop it, or quote the text it belongs to": "请删去它，或把它所在的文字加上引号",
    "too many brackets inside brackets": "括号嵌套得太深",
    "this ( is never closed": "这个左括号没有闭合",
    "close it with )": "请补上右括号 )",
    "the query ends where a word should follow": "搜索词到这里结束，但后面还应有词",
    "complete or drop its end": "请补全或删去末尾",
    "{} does not belong here": "{} 不应出现在这里",
    "put what you search for in quotes if these are its words": "如果它就是要搜索的文字，请加上引号",
    'AND stands between two words; quote it to search for it: "AND"': 'AND 用在两个词之间；要搜索这个词，请加引号："AND"',
    'OR stands between two words; quote it to search for it: "OR"': 'OR 用在两个词之间；要搜索这个词，请加引号："OR"',
    "OR stands between two words": "“或”用在两个词之间",
    'NOT stands before a word; quote it to search for it: "NOT"': 'NOT 用在词前；要搜索这个词，请加引号："NOT"',
    "* ends a word: deep*": "* 用在词尾：deep*",
    '~ follows a word (opanai~) or a phrase ("智谱 上市"~20)': '~ 用在词后（opanai~）或短语后（"智谱 上市"~20）',
    "^ and a number follow a word or bracket: 智谱^2": "^ 和数字用在词或括号后：智谱^2",
    'a field stands before the colon: title:智谱; quote the text to search for a colon: "12:30"': (
        '冒号前应是字段：标题:智谱；要搜索带冒号的文字，请加引号："12:30"'
    ),
    (
        "< > and = follow a field, or stand in its brackets: published:>=2025-12-01, value:(>3亿 <5亿); "
        'quote the text to search for a sign: "a=b"'
    ): '< > = 用在字段后或它的括号里：日期:>=2025-12-01、数值:(>3亿 <5亿)；要搜索这些符号，请加引号："a=b"',
    "the bracket is empty": "括号里没有内容",
    "a word is missing before it": "它前面缺少一个词",
    "{} weighs nothing in {}:": "{} 这个权重对 {}: 不起作用",
    "weigh words": "权重只用于词语",
    "{} is no weight": "{} 不是有效的权重",
    "a weight is above 0 and at most 1000": "权重应大于 0，最大 1000",
    "{}: stands inside {}:": "{}: 不能放在 {}: 里面",
    "a field holds words only": "字段里只能放词语",
    "a figure has no {}": "数字没有 {} 这一项",
    "it has {}": "它有：{}",
    "the nearest is {}:; it has {}": "最接近的是 {}:；它有：{}",
    "- does not belong behind {}:": "- 不应写在 {}: 后面",
    "it stands before the field: -{}:{}": "请写在字段前面：-{}:{}",
    "a range has no spaces: 2025-12-01..2025-12-31": "范围中不要有空格：2025-12-01..2025-12-31",
    "{} ends before it begins": "{} 的终点在起点之前",
    "swap its ends": "请对调两端",
    "{} can be read in two ways": "{} 有两种读法",
    "say how much at both ends: 3亿..5亿": "请在两端都写明单位：3亿..5亿",
    "{} is no amount: its ends have two units": "{} 不是数值：两端的单位不同",
    "give one of them": "请只写一种单位",
    "a span stands alone: published:7d, and -published:7d for what is older": (
        "时间长度要单独写：日期:7d；更早的写成 -日期:7d"
    ),
    "there is no field {}": "没有 {} 这个字段",
    'the nearest is {}:; to search for a colon, quote its words: "{}:…"': (
        '最接近的是 {}:；如果要搜索带冒号的文字，请加引号："{}:…"'
    ),
    'fields are {}; to search for a colon, quote its words: "{}:…"': (
        '字段有：{}；如果要搜索带冒号的文字，请加引号："{}:…"'
    ),
    "{}: cannot be compared": "{}: 不能比较大小",
    "write {}:value": "请写成 {}:值",
    "{}: takes a whole value, not {}": "{}: 后面要写完整的值，不能是 {}",
    "leave * ~ away": "请去掉 * 和 ~",
    "{}: has no value": "{}: 后面没有值",
    "{} is no date": "{} 不是日期",
    "write published:2025-12-01, 2025-12, >=2025-12-01, 2025-12-01..2025-12-31, 7d or 上周": (
        "请写成 日期:2025-12-01、2025-12、>=2025-12-01、2025-12-01..2025-12-31、7d（最近 7 天）或 上周"
    ),
    "{}: is true or false, not {}": "{}: 的值是“是”或“否”，不能是 {}",
    "{} is no amount": "{} 不是数值",
    "write value:>3亿, >=30%, 1000万..1亿, 2亿美元 or 五千万": "请写成 数值:>3亿、>=30%、1000万..1亿、2亿美元 或 五千万",
    "the word before * is too long": "* 前面的词太长",
    "at most {} letters": "最多 {} 个字母",
    "{} cannot be searched for approximately": "{} 不能近似搜索",
    "~ is for one latin word of 3 letters or more": "~ 只用于 3 个以上字母的单个拉丁字母词",
    "{} edits are too many": "{} 处差异太多",
    "write ~1 or ~2": "请写 ~1 或 ~2",
    "~{} is too far": "~{} 相距太远",
    "at most ~{}": "最多 ~{}",
    "the query is too general: {}": "搜索词太宽泛，匹配的词太多（{}）",
    "put a longer word before *, or more words": "请在 * 前写更长的词，或多写几个词",
}
_REQUEST = {
    "unknown parameter '{}'": "没有 '{}' 这个参数",
    "there are {}": "可用的有：{}",
    "since ({}) is after until ({})": "开始日期（{}）晚于结束日期（{}）",
    "swap them": "请对调两个日期",
    "compare stands {} times": "比较了 {} 项，太多了",
    "q has {} characters": "搜索词有 {} 个字符，太长了",
    "{} is '{}'": "参数 {} 的值 '{}' 无法识别",
    "a day looks like 2025-12-24": "日期的写法：2025-12-24",
    "it is 1 or 0": "它的值是 1 或 0",
    "it is relevance or newest, or figure:METRIC, e.g. figure:revenue": (
        "可以是 relevance（相关度）、newest（时间）或 figure:指标，例如 figure:revenue"
    ),
    "a whole number from {} to {}": "应是 {} 到 {} 的整数",
    "cannot sort by {}": "不能按 {} 排序",
    "options: {}": "可以是：{}",
    "'{}' is no condition": "'{}' 不是筛选条件",
    "FACET:VALUE; facets are {}": "写法是 项目:值，项目有：{}",
    "the days {} to {} are beyond the calendar": "{} 到 {} 超出了日历的范围",
    "there is no time zone {}": "没有 {} 这个时区",
    'names are as "Asia/Shanghai"': '时区的写法："Asia/Shanghai"',
    "from {} to {} by {} are more than {} buckets": "从 {} 到 {} 按 {} 统计，超过了 {} 段",
    "narrow the dates, or count by month": "请缩小日期范围，或按月统计",
    "cannot count by {}": "不能按 {} 统计",
    "no counts by {}": "没有 {} 这种间隔",
    "{} windows of {} days are beyond the calendar": "{} 段、每段 {} 天，超出了日历的范围",
    "fewer days or windows": "请减少天数",
    "the cursor cannot be read": "翻页的位置无法识别",
    "take it from the page before, as it is": "请从上一页的链接进入",
    "the cursor belongs to another search": "翻页的位置属于另一次搜索",
    "start at the first page of this one": "请从这次搜索的第一页开始",
    "hits by relevance or story are given {} deep": "按相关度排序或合并转载时，只能看到前 {} 条",
    "stories are shown {} deep on Elasticsearch": "合并转载时，Elasticsearch 只能看到前 {} 条",
    "sort by newest, uncollapsed": "请按时间排序，并取消合并转载",
    "sort by newest, uncollapsed, and follow the cursor": "请按时间排序、取消合并转载，再逐页往后看",
}
_ENGINE = {
    "what answers at {} is not Elasticsearch": "{} 上运行的不是 Elasticsearch",
    "check the URL": "请检查地址",
    "the certificate of Elasticsearch at {} is not trusted: {}": "Elasticsearch（{}）的证书不受信任：{}",
    "name its authority in ZHIWEN_ELASTICSEARCH_CA_FILE, or ZHIWEN_ELASTICSEARCH_FINGERPRINT": (
        "请在 ZHIWEN_ELASTICSEARCH_CA_FILE 或 ZHIWEN_ELASTICSEARCH_FINGERPRINT 中指明签发者"
    ),
    "Elasticsearch at {} does not answer: {}": "Elasticsearch（{}）没有应答：{}",
    "nothing is lost: the index catches up from the store when the server answers again": (
        "没有丢失任何文章：服务器恢复后，索引会自动补齐"
    ),
    "Elasticsearch at {} does not know us: {}": "Elasticsearch（{}）不接受我们的身份：{}",
    "set ZHIWEN_ELASTICSEARCH_API_KEY, or ZHIWEN_ELASTICSEARCH_USER and _PASSWORD": (
        "请设置 ZHIWEN_ELASTICSEARCH_API_KEY，或 ZHIWEN_ELASTICSEARCH_USER 与 _PASSWORD"
    ),
    "Elasticsearch at {} does not allow it: {}": "Elasticsearch（{}）不允许这样做：{}",
    "docs/elasticsearch.md lists the privileges": "所需权限见 docs/elasticsearch.md",
    "Elasticsearch at {} is too busy (429): {}": "Elasticsearch（{}）太忙（429）：{}",
    "Elasticsearch at {} is not ready ({}): {}": "Elasticsearch（{}）还没有就绪（{}）：{}",
    "Elasticsearch at {} has lost an index: {}": "Elasticsearch（{}）缺少一个索引：{}",
    "run `zhiwen index rebuild`": "请运行 zhiwen index rebuild",
    "see that its disk has room and can be written; if that is not it, run `zhiwen index rebuild`: the store fills it again": "请检查磁盘是否有空间、能否写入；若不是，请运行 zhiwen index rebuild，由数据库重新填满",
    "run `zhiwen index rebuild`: the store fills it again": "请运行 zhiwen index rebuild，由数据库重新填满",
    "Elasticsearch at {} refuses ({} {}): {}": "Elasticsearch（{}）拒绝了请求（{} {}）：{}",
    "its log says more": "详情见它的日志",
    "{} is an index, and should be an alias: somebody wrote to it when there was none": (
        "{} 应是别名，却是一个索引：别名不存在时有程序写入了它"
    ),
    "the alias {} points at {} indexes: {}": "别名 {} 指向了 {} 个索引：{}",
    "what is read ({}) is not what is written ({})": "读取的索引（{}）与写入的索引（{}）不一致",
    "the index {} was made otherwise: {}": "索引 {} 的结构与现在的程序不同：{}",
    "the index in {} cannot be read: {}": "{} 中的索引无法读取：{}",
    "the index in {} cannot be written: {}": "{} 中的索引无法写入：{}",
    "{} names no index folder: {}": "{} 没有指明索引文件夹：{}",
    "{} holds no phrases: {}": "{} 中没有可读的短语：{}",
    "the index in {} has no readable stamp.json": "{} 中的索引没有可读的 stamp.json",
    "the index in {} was written otherwise: {}": "{} 中的索引由另一版本写成：{}",
    "the database {} cannot be used: {}": "数据库 {} 无法使用：{}",
}
SAID: Mapping[str, str] = {**_QUERY, **_REQUEST, **_ENGINE}
