"""Labels of lines on text pages, and what spam is and is not. All lines are our own."""

from __future__ import annotations

import pytest

from nlp.extraction.facts import facts_of
from nlp.labels import label_lines
from nlp.records import LineLabel
from nlp.spam import spam_reason, spam_reasons

L = LineLabel


def _labels(lines: list[str]) -> list[LineLabel]:
    facts = [facts_of(line) for line in lines]
    return [labelled.label for labelled in label_lines(facts, spam=[spam_reason(line) for line in lines])]


@pytest.fixture
def page(articles) -> tuple[list[str], list[LineLabel]]:
    """A whole text page in the order such pages have."""
    title, paragraphs = articles["bridge"]
    head = [
        ("某门户首页 > 科技 > 正文", L.CHROME),
        (title, L.TITLE),
        ("12", L.COUNTER),
        ("分享至", L.COUNTER),
        ("文丨周写稿", L.BYLINE),
    ]
    body = [(paragraph, L.BODY) for paragraph in paragraphs]
    body.insert(2, ("谁说了算", L.SUBHEADING))
    tail = [
        ("题图来源：江北日报官网", L.IMAGE_CAPTION),
        ("特别声明：以上内容为用户上传，本平台仅提供信息存储服务。", L.DISCLAIMER),
        ("相关推荐", L.RELATED),
    ]
    for number in range(5):
        tail += [
            (f"第{number}座桥的故事讲了多年，如今有了新说法", L.RELATED),
            (f"作者{number}号", L.RELATED),
            (f"2025-12-2{number} 10:0{number}:00", L.RELATED),
        ]
    tail += [
        ("科技要闻", L.SIDEBAR),
        ("小镇路灯听见了脚步声", L.SIDEBAR),
        ("旅游", L.SIDEBAR),
        ("冬天去看江上的雾", L.SIDEBAR),
    ]
    tail += [("京ICP备00000000号", L.FOOTER)]
    everything = [*head, *body, *tail]
    return [line for line, _ in everything], [label for _, label in everything]


def test_text_page_is_labelled_line_by_line(page):
    lines, expected = page

    assert _labels(lines) == expected


def test_spam_inside_the_body_is_taken_out(page, articles):
    lines, expected = page
    lines.insert(8, "低价机票代订|机票代订网站|国际机票代订平台|代订机票客服|机票代订电话|学生机票代订")
    expected.insert(8, L.SPAM_KEYWORDS)

    assert _labels(lines) == expected


@pytest.mark.parametrize(
    "line",
    [
        "论文代写服务|专业论文代写|硕士论文代写平台|论文代写价格|代写论文网站|本科论文代写",
        "宠物寄养_北京宠物寄养中心_宠物寄养价格表_上门宠物寄养_宠物寄养哪家好_附近宠物寄养",
        "低息贷。款平*台,秒批贷/款·软件,个人贷～款app下载,贷_款口子大全,小额贷°款平台,网上贷·款软件",
        "客服微信:8⑥7５309０2①(同号)",
        "贷款口子‌大全­、小额‌贷款­平台、网上‌贷款软件、贷款‌app下载、贷款平台下载",
    ],
)
def test_keyword_lines_are_spam_whatever_they_sell(line):
    assert spam_reason(line) is not None


@pytest.mark.parametrize(
    "line",
    [
        "警方破获一起跨境赌博案，涉案平台注册会员超过十万人，抓获嫌疑人四十名。",
        "税务部门提醒：虚开发票、代开发票都是违法行为，企业应当自查。",
        "公司主营业务包括软件开发、软件外包、软件测试、软件培训以及软件咨询等服务。",
        "首页 新闻 财经 科技 体育 娱乐 汽车 房产 更多",
        "关于我们 | 联系我们 | 加入我们 | 版权声明 | 网站地图",
        "新闻热线：010-12345678 商务合作：010-87654321",
        "平台整治“加微信”引流，三个月封禁账号十二万个。",
        "GLM-4.5、GLM-4.6、GLM-4.6V 和 GLM-ASR 先后开源。",
        # A newsflash: headline, dateline and figures with hardly a word of grammar, and a bracket where the stop should be.
        "【江灯智能向上交所递交招股书】路边社3月9日电，上交所文件显示，路灯控制厂商江灯智能向上交所科创板递交上市申请。招股书显示，江灯智能2025年收入3.2亿元，同比增长51%，净亏损0.9亿元（路边社）",
    ],
)
def test_news_and_navigation_are_not_spam(line):
    assert spam_reason(line) is None


def test_every_line_has_a_label_and_a_reason(page):
    lines, _ = page

    labelled = label_lines([facts_of(line) for line in lines], spam=[None] * len(lines))

    assert len(labelled) == len(lines)
    assert all(one.reason for one in labelled)


def test_page_without_prose_has_no_body():
    assert L.BODY not in _labels(["首页", "登录", "注册", "2025-12-01 10:00", "更多"])


# Phrases that share no word within one list; only the page shows what they are.
_LISTS = [
    "论文代写服务平台|驾照扣分代销网|学历证书快速办|信用贷款秒到账|机票低价代订站",
    "驾照扣分代销价格|信用贷款无抵押|机票低价抢票群|论文代写多少钱|学历证书可查询",
]


def test_lists_that_repeat_each_other_are_spam_together():
    assert [spam_reason(line) for line in _LISTS] == [None, None]
    assert all(spam_reasons(_LISTS))


def test_what_is_made_of_the_phrases_of_keyword_lists_is_spam():
    made = ["信用贷款无抵押", "推荐：论文代写多少钱、学历证书可查询、机票低价抢票群。"]

    assert all(spam_reasons([*_LISTS, *made]))


@pytest.mark.parametrize(
    "line",
    [
        "警方提醒：所谓“信用贷款无抵押”多为骗局，去年全市有三百多人上当，金额超过两千万元。",
        "论文代写",
        "机票",
    ],
)
def test_news_about_what_keyword_lists_sell_is_not_spam_beside_them(line):
    assert spam_reasons([*_LISTS, line])[-1] is None


def test_menus_at_head_and_foot_repeat_each_other_and_are_not_spam():
    menus = [
        "新闻|财经|科技|体育|娱乐|汽车|房产",
        "新闻中心|财经频道|科技频道|体育频道|娱乐频道|汽车频道|房产频道",
        "关于我们|联系我们|版权声明|隐私政策|网站地图|招聘信息",
    ]

    assert spam_reasons(menus) == [None] * 3


def test_heading_at_the_end_of_the_body_goes_where_nothing_follows(articles):
    _, paragraphs = articles["bridge"]

    assert _labels([*paragraphs, "参考链接："])[-1] is L.RELATED
    assert _labels([*paragraphs, "老师傅说：", "天气预报终究只是预报，工地上的事情还是要自己去看一眼才放心。"])[-2] in (
        L.BODY,
        L.SUBHEADING,
    )
