"""Names that the lexicon does not have, by the shapes in which Chinese news writes them.

    浙江环动机器人关节科技股份有限公司 … 环动科技     legal names, and their short forms later in the article
    北京智谱华章科技股份有限公司（以下简称“智谱”）    short names an article gives itself
    速芯微（02999.HK）                            a name before a listing code
    云栈通过港交所聆讯                              who files at the head of a sentence, whatever it is called
    萌友智能发布                                   a coined word with an industry's ending
    创始人李晓明 / 李晓明表示                       surname-led names beside a role or a verb of saying
    吉娜·雷蒙多（Gina Raimondo）                   transliterated names, and their last part later on
    深圳市工业和信息化局                            offices of a place

Each rule is a generator over the folded text; rules never overwrite what the gazetteer found, except by a longer name.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from nlp.components.records import Mention
from nlp.lexicon import Lexicon
from nlp.surnames import COMPOUND_SURNAMES, SURNAMES
from zhiwen.folding import fold

_HAN = r"\u3400-\u4dbf\u4e00-\u4e27\u4e29-\u9fff"  # without U+4E28 (丨), which news agencies use as a bar
_LEGAL = re.compile(rf"[{_HAN}a-z0-9·（()）]{{2,40}}?(?:股份有限公司|有限责任公司|有限公司)")
_LEGAL_CUT = re.compile(
    r".*(?:由|与|对|向|将|给|被|为|是|在|了|其|的|从|据|以及|收购|投资|控股(?!集团|股份|有限)|成立|设立|宣布于|宣布|子公司|分公司|母公司|控股股东|股东|旗下|关于|包括|显示|企业|名称|更名|客户|厂商|(?:服务|供应|运营|开发|制造|提供|集成|生产|承包)商|公司(?=.{4}))"
)
_LEGAL_ENDING = re.compile(r"(?:集团)?(?:股份有限公司|有限责任公司|有限公司)$")
_INDUSTRY = "科技|智能|机器人|半导体|微电子|集团|股份|数据|智驾|智行|医疗|生物|网络|信息|软件|电子|通信|光电|动力|控股|技术|汽车|芯片|智造|航天|量子|云|创新"
_SHORT_NAME = re.compile(
    rf"^[（(](?:以下|下文|下称|后)?(?:统)?(?:简称|称)?为?[：:]?\s*[“\"「『‘]?(?P<short>[{_HAN}a-z0-9][{_HAN}a-z0-9 .·\-+]{{1,23}})[”\"」』’]?\s*(?:[，,]|(?:或|、).{{0,20}})?[)）]"
)
_SHORT_MARKED = re.compile(
    r"^[（(][^）)]{0,30}(?:简称|下称)\s*[为：:]?\s*[“\"「『‘]?(?P<short>[^”\"」』’）)，,]{2,14})"
)
_CODE = re.compile(
    r"[（(]\s*(?:股票代码|证券代码|港股代码|代码|(?P<board>nasdaq|nyse|hkex|sehk|sse|szse|纳斯达克|纽交所|港交所|美股|港股|sz|sh|hk))?\s?[：:.]?\s*(?P<code>\d{4,6}(?=\D)|[a-z]{1,5}(?=[\s.)）]))\s*(?:[.．]\s?(?P<market>hk|sh|sz|bj|ss|us|o|n))?\s*[)）]"
)
_BEFORE_CODE = re.compile(rf"[{_HAN}a-z0-9\-]{{2,10}}$")
_COINED = re.compile(
    rf"(?P<core>[{_HAN}]{{2,4}}?)(?P<ending>{_INDUSTRY}|资本|创投|基金)(?![{_HAN}]?(?:领域|行业|产业|市场|赛道|方向|技术|研究院|实验室))"
)
_COINED_BEFORE = re.compile(
    r"(?:^|[，,。；;：:、！!？?\s“\"「『‘（(《\n]|企业|公司|厂商|独角兽|品牌|平台|机构|商|由|与|和|向|及|被|对|的|投资方)$"
)
_COINED_AFTER = re.compile(
    r"(?:[，,。；;、：:\s”\"」』’）)（(\n]|$|近日|今日|日前|正式|宣布|发布|完成|推出|表示|披露|获|将|与|和|及|等|的|在|向|创始人|联合创始人|ceo|董事长|总裁|股价|市值|已|拟|上半年|去年|今年|旗下|成立|开源|官宣|公告|领投|跟投|参投|持|也|是|于|递|有限|股份)"
)
_GENERIC_CORE = re.compile(
    r"^(?:人工|具身|通用|群体|新一代|新能源|新型|高新|高端|先进|消费|工业|服务|人形|移动|智能|大模型|多模态|自动|语音|空间|时空|互联网|物联网|数字|大|小|国内|国产|中国|全球|美国|海外|各|该|本|这|那|某|多家|一家|两家|几家|其他|头部|传统|第[一二三]|上市|硬|软|黑|核心|关键|底层|前沿|开源|基础|信息|通信|生命|材料|金融|量化|绿色|智慧|虚拟|家用|商用|民营|国有|外资|风险|社会|产业|政府|引导|公募|私募|股权|母|云|边缘|量子|航空|商业|生成式|人机|脑机|手术|扫地|协作|四足|陪伴|超级|私有|公有|混合|训练|用户|海量|交易|财务|个人|高质量|结构化)"
)
_GIVEN_STOP = re.compile(
    r"[的了在是和与及或对向将被把从为也都就不有这那其此该们等说称于以并而但已曾又再还先后前中上下内外间时年月日，,。、；;：:“”（(）)\s]"
)
_ROLE = "联合创始人|创始人|创办人|首席执行官|首席运营官|首席财务官|首席技术官|首席科学家|首席分析师|首席产品官|首席战略官|首席架构师|董事长|副董事长|副总裁|总裁|总经理|副总经理|董事|合伙人|院长|副院长|所长|主任|教授|副教授|院士|分析师|负责人|主席|部长|副部长|局长|司长|市长|省长|总监|秘书长|董秘|研究员|科学家|工程师|产品经理|发言人|经济学家|记者|作者|编辑|文/|ceo|cto|cfo|coo|cmo|掌门人|校长|博士|律师|主管|前员工|高管|投资人|演员|歌手|导演"
_ROLE_BEFORE = re.compile(rf"(?:{_ROLE})(?:兼(?:{_ROLE}))?[\s：:、]{{0,2}}(?=[{SURNAMES}])")
_SAYS = r"表示|称|认为|指出|透露|坦言|强调|说|介绍|告诉|回应|解释|补充|提到|写道|宣布|直言|预计|判断|相信|分析"
_AFTER_PERSON = re.compile(
    rf"(?:[，,。、；;：:！!？?\s（(）)“”\"」』丨|/\n·]|$|{_SAYS}|在|是|曾|将|与|和|及|也|则|对|于|等|的|出席|担任|领导|离职|加入|辞任|因|已|为|向|以|从|此前|近日|今日|率|带领|创立|创办|创建|先生|女士|博士|教授|接受|创业|牵头|组建|带队|领衔|发文|发布|出生|毕业|主导|持有|本人|(?:{_ROLE}))"
)
_GIVEN = re.compile(rf"[{_HAN}]{{2,4}}")
_WITH_ROLE = re.compile(
    rf"(?P<name>(?:{COMPOUND_SURNAMES})[{_HAN}]{{1,2}}|[{SURNAMES}][{_HAN}]{{1,2}})[（(][^（）()]{{0,24}}(?:{_ROLE})[^（）()]{{0,6}}[）)]"
)
_WITHHELD = re.compile(rf"[{SURNAMES}]某(?:某|[{_HAN}](?=[，,。、在向的]))?")
_SAYER = re.compile(
    rf"(?:^|[，,。；;：:、！!？?\s”」\n])(?P<name>(?:{COMPOUND_SURNAMES})[{_HAN}]{{1,2}}|[{SURNAMES}][{_HAN}]{{1,2}})(?:也|还|曾|则|对此)?(?:{_SAYS})(?=[，,：:“\"]|[^{_HAN}]|.)"
)
_FOREIGN = "阿埃艾爱安昂奥澳巴白班邦鲍贝本比彼宾波伯博布采查达大戴丹道德登狄迪蒂丁杜顿多厄恩尔法凡范费芬丰佛弗福夫富盖甘冈高戈哥格葛根古圭哈海汉豪赫亨洪胡华怀惠霍基吉季加贾简姜杰金卡凯坎康考柯科克肯孔库夸奎昆拉莱赖兰朗劳勒雷蕾里丽利莉理连列林琳刘龙卢鲁路露伦罗洛吕玛马迈麦曼芒毛梅门蒙孟米密明莫默姆穆拿纳娜乃南内尼妮年宁牛纽努诺欧帕潘庞佩彭皮平珀普齐奇恰乔切琴琼丘屈让热仁日荣茹儒瑞若萨塞赛桑瑟森沙莎山珊绍舍申圣胜施什石史士舒斯丝思松苏孙索所塔台泰坦汤唐陶特腾提田铁廷通图托瓦万旺威韦维魏温文翁沃乌伍武西希锡霞夏香肖谢辛欣兴休许雪逊雅亚延扬杨耶叶伊依易因英尤于约泽扎詹张珍芝治朱茨兹佐贡娅贞伽娃蓓黛朵菲芙汀黎莲洁嘉尚尧"
_TRANSLITERATED = re.compile(rf"[{_FOREIGN}]{{1,6}}(?:[·•][{_FOREIGN}a-z.]{{1,8}}){{1,3}}")
_LATIN_NAME = r"[A-Z][a-zé]+(?:[ \-][A-Z]\.?)?(?: (?:de |van |von |al-|El )?[A-Z][a-zA-Zé\-]+){1,2}"
_LATIN_AFTER_ROLE = re.compile(
    rf"(?:联合创始人|创始人|首席执行官|首席科学家|分析师|主管|前员工|员工|教授|总裁|董事长|负责人|合伙人|研究员|CEO|CTO|CFO|COO|founder|president|analyst|chairman|director|Professor)\s?(?P<name>{_LATIN_NAME})"
)
_LATIN_BEFORE_SAYS = re.compile(rf"(?P<name>{_LATIN_NAME})\s?(?:{_SAYS}|创立|said|told|added|wrote)")
_OFFICE = re.compile(
    rf"(?:[{_HAN}]{{0,14}}?)(?:人民法院|法院|检察院|委员会|发改委|管理局|税务局|信息化局|监督局|统计局|局|人民政府|政府|大使馆|大学|学院|研究院|研究所|实验室|协会|学会|联合会|商会|国防部|商务部|外交部|司法部|能源部|贸易部|科技部|产业部|银行)"
)
_OFFICE_STOP = re.compile(r"[的了在是对将被与，,。、；;]|公司|企业|市场|国内|全球|发布|宣布|表示|通过|提出")
_OFFICE_NOT = re.compile(r"(?:结局|布局|格局|大局|局面|当局|银行业|大学生|政府部门)$|局(?:面|势|限)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The text as rules see it. `is_word`: whether the segmenter's dictionary knows a string as a common word."""

    text: str
    folded: str
    known: Sequence[Mention]
    lexicon: Lexicon
    is_word: Callable[[str], bool]
    title: str = ""

    def mention(self, start: int, end: int, type_: str, canonical: str | None = None) -> Mention:
        return Mention(
            text=self.text[start:end], start=start, end=end, type=type_, canonical=canonical, found_by="rules"
        )


def find_names(reading: Reading) -> list[Mention]:
    """All names of the text: the known ones and what the rules add, without overlaps, in order."""
    found: list[Mention] = []
    for rule in (
        _legal_names,
        _before_codes,
        _coined,
        _filers,
        _from_title,
        _transliterated,
        _latin_people,
        _people,
        _offices,
    ):
        found.extend(rule(reading))
    merged = _linked_filers(resolve([*reading.known, *found]))
    return resolve([*merged, *_repeats(reading, merged)])


def resolve(mentions: Iterable[Mention]) -> list[Mention]:
    """Longest first, then the gazetteer's; the rest gives way."""
    kept: list[Mention] = []
    taken: dict[int, int] = {}  # each covered position
    for mention in sorted(mentions, key=lambda m: (-(m.end - m.start), m.found_by != "gazetteer", m.start)):
        if mention.start not in taken and mention.end - 1 not in taken:
            kept.append(mention)
            taken.update(dict.fromkeys(range(mention.start, mention.end), 1))
    return sorted(kept, key=lambda m: m.start)


# ---- companies ----


def _legal_names(reading: Reading) -> Iterator[Mention]:
    harvested: set[str] = set()
    for match in _LEGAL.finditer(reading.folded):
        start = _legal_start(reading, match.start(), match.end())
        if match.end() - start < 7:
            continue
        name = reading.text[start : match.end()]
        canonical = _linked(reading, fold(name)) or name
        yield reading.mention(start, match.end(), "COMPANY", canonical)
        short = _given_short_name(reading, match.end())
        if short and short not in harvested and len(harvested) < _MOST_ALIASES:
            harvested.add(short)
            yield from _occurrences(reading, short, "COMPANY", canonical)


def _legal_start(reading: Reading, start: int, end: int) -> int:
    """Where the name begins: at a place it is named after, else behind the last verb or particle."""
    for mention in _near(reading.known, start, end):
        if mention.type == "GPE" and start <= mention.start < end - 6:
            return mention.start
    ending = _LEGAL_ENDING.search(reading.folded[start:end])
    head = reading.folded[start : start + ending.start()] if ending else reading.folded[start:end]
    cut = _LEGAL_CUT.match(head)
    start += cut.end() if cut else 0
    while start < end and reading.folded[start] in "（()）·0123456789":
        start += 1
    return start


def _linked(reading: Reading, folded: str) -> str | None:
    """The lexicon's entry for a legal name: by itself, or by the name in the middle of it."""
    entry = reading.lexicon.company(folded)
    return entry.name if entry else None


def _given_short_name(reading: Reading, end: int) -> str | None:
    """The name in brackets behind a legal name, folded."""
    window = reading.folded[end : end + 60]
    match = _SHORT_NAME.match(window) or _SHORT_MARKED.match(window)
    if match is None or re.search(r"股票|代码|公司|证券|\d{4}", match.group("short")):
        return None
    return match.group("short").strip()


def _short_forms(legal: str, places: Iterable[str]) -> Iterator[str]:
    """环动科技 and 环动机器人 of 浙江环动机器人关节科技股份有限公司."""
    core = _LEGAL_ENDING.sub("", legal)
    for place in places:
        core = core.removeprefix(place).removeprefix("市").removeprefix("省")
    for ending in re.findall(_INDUSTRY, core):
        for length in (2, 3, 4):
            if len(core) > length and not core[:length].endswith(ending):
                yield core[:length] + ending


def _before_codes(reading: Reading) -> Iterator[Mention]:
    named = {mention.end for mention in reading.known}
    for match in _CODE.finditer(reading.folded):
        name = _BEFORE_CODE.search(reading.folded, max(0, match.start() - 12), match.start())
        entry = _entry_of_code(reading.lexicon, match)
        if name is None or (
            match.group("code").isalpha() and not (match.group("board") or match.group("market") or entry)
        ):
            continue
        start = name.start()
        if match.start() in named or re.search(r"代码|简称|公司|股票|亿|万|元", name.group()):
            continue
        start = _after_particle(reading.folded, start, match.start())
        if match.start() - start >= 2 and match.group("code").isdigit():
            yield reading.mention(start, match.start(), "COMPANY", entry)


def _after_particle(folded: str, start: int, end: int) -> int:
    cut = re.match(r".*(?:由|与|对|向|将|给|被|为|是|在|了|其|的|从|据|和|及|如|[，,])", folded[start:end])
    return start + (cut.end() if cut else 0)


def _entry_of_code(lexicon: Lexicon, match: re.Match[str]) -> str | None:
    code = match.group("code").upper()
    market = (match.group("market") or "").upper()
    suffixes = (market, "HK", "SH", "SZ", "BJ", "NASDAQ", "NYSE")
    padded = code.zfill(5) if market == "HK" and code.isdigit() else code
    for suffix in suffixes:
        entry = lexicon.codes.get(f"{padded}.{suffix}")
        if entry:
            return entry.name
    return None


def _coined(reading: Reading) -> Iterator[Mention]:
    for match in _COINED.finditer(reading.folded):
        core, ending = match.group("core"), match.group("ending")
        if (
            _GENERIC_CORE.match(core)
            or reading.is_word(core)
            or reading.is_word(core + ending)
            or _GIVEN_STOP.search(core)
        ):
            continue
        if not _COINED_BEFORE.search(reading.folded[max(0, match.start() - 4) : match.start()]):
            continue
        if not _COINED_AFTER.match(reading.folded, match.end()):
            continue
        if any(reading.is_word(core[i : i + 2]) for i in range(len(core) - 1)):
            continue
        kind = "INVESTOR" if ending in ("资本", "创投", "基金") else "COMPANY"
        yield reading.mention(match.start(), match.end(), kind)


_EXCHANGE = "港交所|联交所|香港联交所|香港交易所|上交所|深交所|北交所|证监会"
_FILES = (
    rf"通过(?:了)?(?:{_EXCHANGE})?(?:的)?(?:主板)?(?:上市)?聆讯|递表|(?:递交|提交)(?:了)?(?:招股书|招股说明书|上市申请|ipo申请)"
    rf"|向(?:{_EXCHANGE})(?:主板)?(?:递交|提交|递表|秘密)|(?:启动|开启)招股|(?:公开|披露|公布|更新)(?:了)?(?:招股书|招股说明书|聆讯后资料集)"
    rf"|(?:启动|完成)(?:a股)?上市辅导|(?:登陆|正式登陆)(?:{_EXCHANGE}|港股|科创板|创业板)|在(?:{_EXCHANGE}|港股|科创板)(?:主板)?(?:挂牌|上市|敲钟)"
    r"|(?:招股书|上市申请)(?:已)?失效"
)
# Where a sentence or a headline begins, or goes on behind a day, a dateline or a source.
_HEAD = r"(?:^|[。！？!?；;\n】丨|“「]|(?:[0-9]日|[今昨当]日|[今昨]天|近日|日前|消息|获悉|显示|[讯电])[，,：:]?)\s?"
_FILER = re.compile(
    rf"{_HEAD}(?P<name>(?P<core>[{_HAN}]{{2,4}}?)(?:{_INDUSTRY})?)(?:[今昨]日|近日|日前|再次|二次|三次|首次|正式|成功|顺利|率先|已经?|也|又|再|即将|将|拟)?(?:{_FILES})"
)
_NO_FILER = re.compile(
    "公司|企业|机构|市场|厂商|资本|交易所|证监|港交|上交|深交|北交|联交|独角|一家|两家|家|集体|第|首|又|再|多|该|其|此|本|今|昨|明|年|月|日|股|们|者|人|某|个|批|些|何|谁|尚|未|没|否|传|曝"
)


def _filers(reading: Reading) -> Iterator[Mention]:
    """Only companies file for a listing: the subject right before such words, at the head of a sentence, is one, unless
    it is a word of the language."""
    for match in _FILER.finditer(reading.folded):
        core = match.group("core")
        words = (core, match.group("name"), *(core[at : at + 2] for at in range(len(core) - 1)))
        if not (_NO_FILER.search(core) or _GIVEN_STOP.search(core) or any(map(reading.is_word, words))):
            yield reading.mention(*match.span("name"), "COMPANY")


def _from_title(reading: Reading) -> Iterator[Mention]:
    """A headline names its company first; what the rules find there counts wherever the text repeats it."""
    headline = Reading(
        text=reading.title, folded=fold(reading.title), known=(), lexicon=reading.lexicon, is_word=reading.is_word
    )
    for mention in (*_coined(headline), *_filers(headline)):
        yield from _occurrences(reading, fold(mention.text), mention.type, None)


def _linked_filers(mentions: list[Mention]) -> list[Mention]:
    """云栈 is 云栈智能科技股份有限公司 where the article names that one, and only one, so."""
    named = {m.label for m in mentions if m.type == "COMPANY"}
    return [
        replace(mention, canonical=longer[0])
        if mention.type == "COMPANY"
        and mention.found_by == "rules"
        and mention.canonical is None
        and len(longer := _longer(fold(mention.text), named)) == 1
        else mention
        for mention in mentions
    ]


def _longer(name: str, named: set[str]) -> list[str]:
    """Names that begin with `name`; a legal one may have a place of two hanzi in front."""
    return [
        other
        for other in named
        if len(other) > len(name)
        and (fold(other).startswith(name) or (_LEGAL_ENDING.search(other) and fold(other).startswith(name, 2)))
    ]


# ---- people ----


def _people(reading: Reading) -> Iterator[Mention]:
    for role in _ROLE_BEFORE.finditer(reading.folded):
        start = role.end()
        # One role, several names: 联合创始人李晓明、周一帆和陈以宁.
        while (end := _person_end(reading, start)) is not None:
            yield reading.mention(start, end, "PERSON")
            start = end + 1
            if reading.folded[end : end + 1] not in ("、", "和", "与", "及"):
                break
    for match in _WITHHELD.finditer(reading.folded):
        yield reading.mention(match.start(), match.end(), "PERSON")
    for match in (*_SAYER.finditer(reading.folded), *_WITH_ROLE.finditer(reading.folded)):
        name = match.group("name")
        if not _GIVEN_STOP.search(name[1:]) and not reading.is_word(name) and not reading.is_word(name[:2]):
            yield reading.mention(match.start("name"), match.end("name"), "PERSON")


def _person_end(reading: Reading, start: int) -> int | None:
    """The end of the surname-led name at `start`: three characters, or two, before a word that follows names."""
    lengths = (4, 3) if re.match(COMPOUND_SURNAMES, reading.folded[start : start + 2]) else (3, 2)
    for length in lengths:
        name = reading.folded[start : start + length]
        followed = _AFTER_PERSON.match(reading.folded, start + length)
        if followed and _GIVEN.fullmatch(name) and not _GIVEN_STOP.search(name) and not reading.is_word(name):
            return start + length
    return None


def _transliterated(reading: Reading) -> Iterator[Mention]:
    for match in _TRANSLITERATED.finditer(reading.folded):
        start = match.start()
        if reading.folded[start] == "和" or reading.folded[start - 1 : start + 1] in ("部长", "校长", "市长"):
            start += 1
        yield reading.mention(start, match.end(), "PERSON", reading.text[start : match.end()])
        latin = re.compile(rf"[（(]({_LATIN_NAME})[）)]").match(reading.text, match.end())
        if latin:
            yield reading.mention(latin.start(1), latin.end(1), "PERSON", reading.text[start : match.end()])


def _latin_people(reading: Reading) -> Iterator[Mention]:
    for pattern in (_LATIN_AFTER_ROLE, _LATIN_BEFORE_SAYS):
        for match in pattern.finditer(reading.text):
            start, end = match.span("name")
            if not any(known.start < end and start < known.end for known in _near(reading.known, start, end)):
                yield reading.mention(start, end, "PERSON")


def _near(known: Sequence[Mention], start: int, end: int) -> list[Mention]:
    index = bisect_left(known, start - 40, key=lambda m: m.start)
    near = []
    while index < len(known) and known[index].start < end:
        near.append(known[index])
        index += 1
    return near


# ---- organisations ----


def _offices(reading: Reading) -> Iterator[Mention]:
    for place in reading.known:
        if place.type != "GPE":
            continue
        match = _OFFICE.match(reading.folded, place.end, place.end + 24)
        if match is None or _OFFICE_STOP.search(match.group()) or _OFFICE_NOT.search(match.group()):
            continue
        after = reading.folded[match.end() : match.end() + 1]
        if match.group()[-1] in "局部" and after in ("面", "分", "门", "势", "长", "署"):
            continue
        yield reading.mention(place.start, match.end(), "ORG")


# ---- later in the article ----


def _repeats(reading: Reading, mentions: Sequence[Mention]) -> Iterator[Mention]:
    """What rules found counts everywhere in the article; so do short forms of legal names and last names."""
    places = [m.text for m in reading.known if m.type == "GPE"]
    seen: set[str] = set()
    for mention in mentions:
        if mention.found_by != "rules" or mention.text in seen or len(seen) >= _MOST_ALIASES:
            continue
        seen.add(mention.text)
        yield from _occurrences(reading, fold(mention.text), mention.type, mention.canonical)
        if mention.type == "COMPANY" and _LEGAL_ENDING.search(mention.text):
            for short in _short_forms(fold(mention.text), places):
                yield from _occurrences(reading, short, "COMPANY", mention.canonical or mention.text)
        if mention.type == "PERSON" and "·" in mention.text:
            last = re.split("[·•]", mention.text)[-1]
            if len(last) >= 3:
                yield from _occurrences(reading, fold(last), "PERSON", mention.text)


_MOST_ALIASES = 300  # each is looked for in the whole text
_MOST_REPEATS = 2000  # a name a million characters long text repeats without end must not be searched without end


def _occurrences(reading: Reading, alias: str, type_: str, canonical: str | None) -> Iterator[Mention]:
    position = reading.folded.find(alias)
    for _ in range(_MOST_REPEATS):
        if position == -1:
            return
        yield reading.mention(position, position + len(alias), type_, canonical)
        position = reading.folded.find(alias, position + len(alias))
