"""Labels of lines on text pages, and what spam is and is not. All lines are our own."""

from __future__ import annotations

import pytest

from nlp.extraction.facts import facts_of
from nlp.labels import label_lines
from nlp.records import LineLabel
from nlp.spam import spam_reason

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
