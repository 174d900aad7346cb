"""A page in, the article or the reason out: layouts, fields, verdicts, bounds."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.records import BODY_LABELS, DropReason, LineLabel
from nlp.repair.plan import replay
from nlp.restore import Restorer
from nlp.stages import NotRestored, Overrides, Restored
from zhiwen.times import CHINA


def _article(result) -> Restored:
    assert isinstance(result, Restored), result
    return result


def _reason(result) -> DropReason:
    assert isinstance(result, NotRestored), result
    return result.dropped.reason


class TestSeed:
    """The mirror page that everything started with, as a text file."""

    def test_title_author_publisher(self, restored_seed):
        assert restored_seed.title == "冲刺第一股，中国最大独立模型厂商的成色、能力与野心"
        assert restored_seed.author == "江思远"
        assert restored_seed.publisher == "晚点LatePost"

    def test_date_is_bounded_by_the_chrome_and_says_so(self, restored_seed):
        assert restored_seed.published_at.astimezone(CHINA).date().isoformat() == "2025-12-24"
        assert restored_seed.published_precision == "day"
        assert "latest full date in the page's chrome" in restored_seed.published_from

    def test_body_is_the_article_and_nothing_else(self, restored_seed):
        paragraphs = restored_seed.text.split("\n")

        assert 48 <= len(paragraphs) <= 60
        assert paragraphs[1].startswith("243.77 亿元,17 日通过港交所聆讯的智谱") or paragraphs[1].startswith(
            "243.77 亿元，17 日通过"
        )
        assert paragraphs[-1].endswith("现在战役才刚刚开始。")
        for foreign in (
            "国产av",
            "网易首页",
            "分享至",
            "特别声明",
            "相关推荐",
            "要闻",
            "无障碍浏览",
            "题图来源",
            "文章数",
        ):
            assert foreign not in restored_seed.text

    def test_shifted_runs_are_realigned(self, restored_seed):
        assert "因为变革往往在某个时刻突然以指数级形式发生" in restored_seed.text
        assert "调用量的规模化扩展" in restored_seed.text
        assert "因为大量成本花费在算力采买" in restored_seed.text
        assert "可扩展(scaling)的特点" in restored_seed.text
        assert "检索增强生成(RAG)领域" in restored_seed.text

    def test_what_is_lost_is_marked_and_real_question_marks_stay(self, restored_seed):
        assert "北京公司金融律师张□" in restored_seed.repaired
        assert "亮相???或命名极氪9S" in restored_seed.repaired
        assert "74胜之梦?马刺" in restored_seed.repaired

    def test_no_note_is_left_on_any_line(self, restored_seed):
        import re

        assert not re.findall(
            "[(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}[)）]", restored_seed.repaired.replace("(scaling)", "")
        )

    def test_it_is_a_mirror_of_a_traditional_page(self, restored_seed):
        assert restored_seed.mirror
        assert (restored_seed.language, restored_seed.script) == ("zh", "Hant")
        assert "智譜" in restored_seed.original_text
        assert "智譜" not in restored_seed.text

    def test_header_keywords_are_spam(self, restored_seed):
        assert restored_seed.lines[0].label is LineLabel.SPAM_KEYWORDS

    def test_every_step_left_a_note(self, restored_seed):
        steps = [note.step for note in restored_seed.notes]

        assert steps == [
            "kind",
            "decode",
            "lines",
            "repair",
            "language",
            "label",
            "title",
            "author",
            "publisher",
            "published",
            "simplify",
            "verdict",
        ]


def test_plain_layout(restorer, make_page, make_html, articles):
    title, paragraphs = articles["lamp"]
    page = make_html(title, paragraphs, byline="2025-12-30 09:15 来源：青石日报 作者：李小灯")

    restored = _article(restorer.restore(make_page(page)))

    assert restored.title == title
    assert restored.text == "\n".join(paragraphs)
    assert restored.author == "李小灯"
    assert restored.publisher == "青石日报"
    assert restored.published_at.isoformat() == "2025-12-30T09:15:00+08:00"
    assert restored.published_precision == "minute"
    assert not restored.mirror
    assert restored.original_text is None


def test_old_table_page_in_gbk_with_line_breaks(restorer, make_page, articles):
    title, paragraphs = articles["bridge"]
    links = "".join(f"<a href='/{n}'>栏目{n}</a><br>" for n in range(12))
    page = (
        f"<html><head><meta http-equiv=Content-Type content='text/html; charset=gb2312'><title>{title}-江北在线</title></head><body>"
        f"<table><tr><td width=150>{links}</td><td><b>{title}</b><br>2004年12月10日11:55 江北在线<br>"
        f"{'<br>'.join('　　' + paragraph for paragraph in paragraphs)}<br></td></tr></table></body></html>"
    )

    restored = _article(restorer.restore(make_page(page.encode("gbk"), url="http://old.example.cn/a.htm")))

    assert restored.title == title
    assert [line for line in restored.text.split("\n") if line in paragraphs] == paragraphs
    assert "栏目" not in restored.text
    assert restored.published_at.isoformat() == "2004-12-10T11:55:00+08:00"


def test_wechat_article_in_a_container_that_scripts_show(restorer, make_page, articles):
    title, paragraphs = articles["lamp"]
    spans = "".join(f"<section><span>{paragraph}</span></section>" for paragraph in paragraphs)
    page = (
        f"<html><head><meta property='og:title' content='{title}'></head><body><h1 id='activity-name'>{title}</h1>"
        f"<div class='rich_media_content' id='js_content' style='visibility: hidden; opacity: 0.99;'>{spans}</div></body></html>"
    )

    assert _article(restorer.restore(make_page(page))).text == "\n".join(paragraphs)


def test_short_article_beside_a_long_feed_of_other_stories(restorer, make_page, make_html, articles):
    title, paragraphs = articles["lamp"]
    item = "<li><a href='/x{n}'>另一篇报道的标题第{n}号，与此无关</a><p>这里是第{n}篇报道的摘要，写得很长，占了整整两行，读者可以点进去看全文。</p><span>{n}小时前</span></li>"
    feed = "<ul class='list'>" + "".join(item.format(n=n) for n in range(3, 40)) + "</ul>"
    page = make_html(title, paragraphs[:2], after=feed)

    assert _article(restorer.restore(make_page(page))).text == "\n".join(paragraphs[:2])


def test_chrome_inside_the_container_stays_out(restorer, make_page, make_html, articles):
    title, paragraphs = articles["bridge"]
    extra = [
        "特别声明：以上内容为用户上传并发布，本平台仅提供信息存储服务。",
        "责任编辑：王小桥",
        "图片来源：视觉中国",
        "相关阅读",
        "打开APP阅读全文",
    ]

    restored = _article(restorer.restore(make_page(make_html(title, [*paragraphs, *extra]))))

    assert restored.text == "\n".join(paragraphs)
    labels = {line.clean: line.label for line in restored.lines}
    assert labels[extra[0]] is LineLabel.DISCLAIMER
    assert labels[extra[1]] is LineLabel.BYLINE
    assert labels[extra[2]] is LineLabel.IMAGE_CAPTION


def test_subheadings_are_kept_with_the_body(restorer, make_page, make_html, articles):
    title, paragraphs = articles["bridge"]
    body = [paragraphs[0], "一台看天的机器", *paragraphs[1:]]

    restored = _article(restorer.restore(make_page(make_html(title, body))))

    assert restored.text == "\n".join(body)
    assert next(line for line in restored.lines if line.clean == body[1]).label is LineLabel.SUBHEADING


@pytest.mark.parametrize(
    "hiding",
    [
        "style='display:none'",
        "hidden",
        "class='pl_css_ganrao'",
        "style='font-size:0'",
        "style='position:absolute;left:-9999px'",
    ],
)
def test_hidden_blocks_are_not_seen(restorer, make_page, make_html, articles, hiding):
    title, paragraphs = articles["lamp"]
    page = make_html(title, [paragraphs[0], *paragraphs[1:]]).replace(
        "</p><p>", f"</p><div {hiding}>看不见的一句话，写给机器看的。</div><p>", 1
    )

    restored = _article(restorer.restore(make_page(page)))

    assert "看不见" not in restored.repaired


def test_article_that_is_hidden_until_a_script_runs_is_read(restorer, make_page, make_html, articles):
    title, paragraphs = articles["lamp"]
    page = make_html(title, paragraphs * 2).replace("<div class='wrap'>", "<div class='wrap' style='display:none'>")

    assert _article(restorer.restore(make_page(page))).text.startswith(paragraphs[0])


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("2025年12月30日 09:15", "2025-12-30T09:15:00+08:00"),
        ("2025/12/30 9:15:20", "2025-12-30T09:15:20+08:00"),
        ("12-30 09:15", "2025-12-30T09:15:00+08:00"),
        ("昨天 14:02", "2026-01-04T14:02:00+08:00"),
        ("25分钟前", "2026-01-05T11:35:00+08:00"),
    ],
)
def test_times_that_pages_print(restorer, make_page, make_html, articles, printed, expected):
    title, paragraphs = articles["lamp"]
    page = make_page(make_html(title, paragraphs, byline=printed), url="https://news.example.cn/a/1")

    assert _article(restorer.restore(page)).published_at.isoformat() == expected


def test_time_of_the_head_is_used_where_none_is_printed(restorer, make_page, make_html, articles):
    head = "<meta property='article:published_time' content='2025-12-29T01:00:00Z'>"
    page = make_page(make_html(*articles["lamp"], head=head), url="https://news.example.cn/a/1")

    restored = _article(restorer.restore(page))

    assert restored.published_at.astimezone(CHINA).isoformat() == "2025-12-29T09:00:00+08:00"
    assert restored.published_from == "meta article:published_time"


def test_times_after_fetching_are_not_believed(restorer, make_page, make_html, articles):
    page = make_page(
        make_html(*articles["lamp"], byline="2031-01-01 10:00"), url="https://news.example.cn/20251230/1.html"
    )

    assert _article(restorer.restore(page)).published_at.date().isoformat() == "2025-12-30"


def test_json_ld_names_author_and_time(restorer, make_page, make_html, articles):
    head = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","datePublished":"2025-12-28T08:30:00+08:00","author":[{"@type":"Person","name":"周写稿"}]}</script>'
    restored = _article(
        restorer.restore(make_page(make_html(*articles["lamp"], head=head), url="https://a.example.cn/1"))
    )

    assert restored.author == "周写稿"
    assert restored.published_at.isoformat() == "2025-12-28T08:30:00+08:00"


def test_overrides_of_the_source_come_first(make_page, make_html, articles):
    title, paragraphs = articles["lamp"]
    page = make_html(
        title,
        paragraphs,
        byline="<b class='who'>林一</b> <i class='when'>2025-11-11 11:11</i>",
        before="<div class='ad'>广告说：买灯送油，只限今天，快来看一看。</div>",
    )
    overrides = Overrides(
        author=(".who",), published=("time", ".when"), body=(".text",), drop=(".ad",), publisher_name="灯报"
    )

    restored = _article(Restorer({"example": overrides}).restore(make_page(page)))

    assert (restored.author, restored.publisher) == ("林一", "灯报")
    assert restored.published_at.isoformat() == "2025-11-11T11:11:00+08:00"
    assert restored.text == "\n".join(paragraphs)
    assert "买灯送油" not in restored.repaired


def test_hints_fill_what_the_page_does_not_say(restorer, make_page, articles):
    text = "\n".join(articles["lamp"][1])
    hints = {"title": "路灯", "author": "某人", "publisher": "某报", "published": "2025-12-01T10:00:00+08:00"}

    restored = _article(restorer.restore(make_page(text, content_type="text/plain", url="file:///a.txt", hints=hints)))

    assert (restored.title, restored.author, restored.publisher) == ("路灯", "某人", "某报")
    assert restored.published_at.day == 1


def test_canonical_link_counts_on_its_own_site_only(restorer, make_page, make_html, articles):
    def canonical(href: str) -> str:
        head = f"<link rel='canonical' href='{href}'>"
        return _article(restorer.restore(make_page(make_html(*articles["lamp"], head=head)))).canonical_url

    assert canonical("https://www.example.cn/2025/1001") == "https://www.example.cn/2025/1001"
    assert canonical("https://other.org/2025/1001") == "https://news.example.cn/2025/12/30/1001.html"
    assert canonical("https://www.example.cn/") == "https://news.example.cn/2025/12/30/1001.html"


def test_traditional_page_is_simplified_and_its_original_kept(restorer, make_page, make_html, articles, machine):
    title, paragraphs = articles["bridge"]
    traditional = machine("").traditional("\n".join([title, *paragraphs])).split("\n")

    restored = _article(restorer.restore(make_page(make_html(traditional[0], traditional[1:]))))

    assert restored.text == "\n".join(paragraphs)
    assert restored.original_text == "\n".join(traditional[1:])
    assert not restored.mirror


def test_mirror_in_html_is_restored_and_called_a_mirror(restorer, make_page, make_html, articles, machine):
    title, paragraphs = articles["lamp"]
    shown = (
        machine("個們這來經對時會實現發說過為開動點業電網給間問學長見話關")
        .shown("\n".join([title, *paragraphs]))
        .split("\n")
    )
    spam = "<div>棋牌下载|真人棋牌|棋牌平台官网|手机棋牌下载|棋牌娱乐平台|真人棋牌官网</div>"

    restored = _article(restorer.restore(make_page(make_html(shown[0], shown[1:], before=spam))))

    assert restored.mirror
    assert restored.title == title
    assert restored.text == "\n".join(paragraphs)
    assert restored.lines[0].label is LineLabel.CHROME or LineLabel.SPAM_KEYWORDS in {
        line.label for line in restored.lines
    }


@pytest.mark.parametrize(
    ("suffix", "prefix"),
    [
        ("_论文代写服务平台 驾照扣分代销网 信用贷款秒到账", ""),
        ("", "信用贷款秒到账 机票低价代订站_"),
        ("_示例科技网", ""),
    ],
)
def test_headline_wins_over_what_a_mirror_puts_in_its_head(restorer, make_page, articles, machine, prefix, suffix):
    title, paragraphs = articles["lamp"]
    annotated = machine("個們這來經對時會實現發說過為開動點業電網給間問學長見話關盞燈").annotated
    text = "".join(f"<p>{annotated(paragraph)}</p>" for paragraph in paragraphs)
    page = (
        f"<html><head><title>{prefix}{annotated(title)}{suffix}</title></head><body><div>{annotated(title)}</div>"
        f"<div>2025-12-30 08:00:00 來源: 青石晚報</div><div>{text}</div></body></html>"
    )

    restored = _article(restorer.restore(make_page(page)))

    assert restored.mirror
    assert restored.title == title
    assert restored.publisher == "青石晚报"


def test_mirror_without_a_headline_takes_its_head_repaired_and_without_keywords(restorer, make_page, articles, machine):
    title, paragraphs = articles["lamp"]
    annotated = machine("個們這來經對時會實現發說過為開動點業電網給間問學長見話關盞燈").annotated
    text = "".join(f"<p>{annotated(paragraph)}</p>" for paragraph in paragraphs)
    page = f"<html><head><title>{annotated(title)}_论文代写服务平台 信用贷款秒到账</title></head><body>{text}</body></html>"

    assert _article(restorer.restore(make_page(page))).title == title


def test_short_signed_article_under_a_mirrors_keywords_is_no_spam(restorer, make_page):
    keywords = "".join(
        f"<p>棋牌下载{n}|真人棋牌{n}|棋牌平台官网{n}|手机棋牌下载{n}|棋牌娱乐平台{n}|真人棋牌官网{n}</p>"
        for n in range(6)
    )
    flash = "青石镇宣布，明年起全部路灯改用本地运行的小模型，预算二百六十万元，由镇财政与两家企业共同承担，三月开工，年底前完成。"
    page = f"<html><body>{keywords}<h1>青石镇路灯全部换用小模型</h1><div>2025-12-30 08:00 来源：青石晚报</div><p>{flash}</p></body></html>"

    assert _article(restorer.restore(make_page(page))).text == flash


def test_page_of_keywords_with_a_lure_is_spam(restorer, make_page):
    words = ("论文代写服务平台", "驾照扣分代销网", "学历证书快速办", "信用贷款秒到账", "机票低价代订站")
    items = "".join(f"<li>{word}</li>" for word in words)
    page = (
        f"<html><head><title>{words[0]}-{words[1]}</title></head><body><h1>{'|'.join(words)}</h1>"
        f"<p>先办后付，不成功不收费，全国安全快速，收藏本站地址防止迷路。</p><ul>{items}</ul><p>{'|'.join(words)}</p></body></html>"
    )

    assert _reason(restorer.restore(make_page(page))) is DropReason.SPAM


@pytest.mark.parametrize(
    ("byline", "head", "author", "publisher"),
    [
        ("周写稿 2025-12-30 08:00", "<meta name='source' content='青石观察'>", "周写稿", "青石观察"),
        ("周写稿 2025-12-30 08:00", "", None, "周写稿"),  # nothing says that it is no paper
        ("雷锋网 2025-12-30 08:00", "<meta name='source' content='青石观察'>", None, "雷锋网"),
        ("金融界 2025-12-30 08:00", "<meta property='og:site_name' content='青石观察'>", None, "金融界"),
        ("江灯 发自 示例编辑部", "", "江灯", None),
        ("来源：青石晚报 2025-12-30 08:00", "", None, "青石晚报"),
    ],
)
def test_names_beside_the_time(restorer, make_page, make_html, articles, byline, head, author, publisher):
    restored = _article(restorer.restore(make_page(make_html(*articles["lamp"], byline=byline, head=head))))

    assert (restored.author, restored.publisher) == (author, publisher)


def test_pictures_source_is_no_publisher(restorer, make_page, make_html, articles):
    title, paragraphs = articles["lamp"]
    head = '<script type="application/ld+json">{"@type":"NewsArticle","publisher":{"name":"青石观察"}}</script>'
    page = make_html(title, ["图：路灯下的街道，来源：江北图库", *paragraphs], head=head)

    assert _article(restorer.restore(make_page(page))).publisher == "青石观察"


def test_head_that_knows_the_minute_beats_a_printed_day(restorer, make_page, make_html, articles):
    head = "<meta property='article:published_time' content='2025-12-29T21:45:00Z'>"
    page = make_page(make_html(*articles["lamp"], head=head, byline="December 29, 2025"))

    moment = _article(restorer.restore(page)).published_at

    assert moment.astimezone(CHINA).isoformat() == "2025-12-30T05:45:00+08:00"


def test_english_page_takes_the_library(restorer, make_page):
    paragraphs = [
        "The town council approved the new street lights on Monday after a long debate about their cost and their noise.",
        "Engineers said that the controller listens for footsteps and raises the light only when somebody is walking by.",
        "The project will be extended to forty more streets next year, according to the council's published budget.",
    ]
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = f"<html lang=en><head><title>Street lights that listen | Town News</title></head><body><nav><a href=/>Home</a></nav><article><h1>Street lights that listen</h1>{body}</article></body></html>"

    restored = _article(restorer.restore(make_page(page)))

    assert restored.language == "en"
    assert restored.title == "Street lights that listen"
    assert restored.text == "\n".join(paragraphs)


def test_newsflash_of_one_sentence_is_an_article(restorer, make_page, make_html):
    flash = "财联消息：青石镇宣布，明年起全部路灯改用本地运行的小模型，预算二百六十万元，由镇财政与两家企业共同承担，三月开工。"

    assert _article(restorer.restore(make_page(make_html("青石镇路灯全部换用小模型", [flash])))).text == flash


_LINKS = "".join(f"<li><a href='/n{n}'>今天的第{n}条新闻标题在这里等你点开</a></li>" for n in range(40))


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ({"body": b"", "status": 404}, DropReason.GONE),
        ({"body": b"x", "status": 410}, DropReason.GONE),
        ({"body": b"x", "status": 503}, DropReason.HTTP_ERROR),
        ({"body": b" \n\t "}, DropReason.EMPTY),
        ({"body": b"<html><body><script>1</script></body></html>"}, DropReason.EMPTY),
        ({"body": b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "content_type": "image/png"}, DropReason.NOT_TEXT),
        ({"body": b"PK\x03\x04" + bytes(range(200))}, DropReason.NOT_TEXT),
        ({"body": b'{"a": 1}', "content_type": "application/json"}, DropReason.NOT_TEXT),
        ({"body": b"%PDF-1.7 broken", "content_type": "application/pdf"}, DropReason.BROKEN_PDF),
        ({"body": ("<html><body>" + "\ufffd" * 300 + "</body></html>").encode().decode("gbk", "replace").encode()}, DropReason.UNRECOVERABLE_ENCODING),
        ({"body": "<html><head><title>页面不存在</title></head><body><p>抱歉，您访问的页面不存在，五秒后返回首页。</p></body></html>".encode()}, DropReason.SOFT_404),
        ({"body": f"<html><head><title>新闻中心</title></head><body><ul>{_LINKS}</ul></body></html>".encode()}, DropReason.LIST_PAGE),
        ({"body": "<html><head><title>某报</title></head><body><h1>深度报道</h1><p>请登录后查看全文。</p></body></html>".encode()}, DropReason.LOGIN_WALL),
        ({"body": "<html><head><title>某报</title></head><body><h1>深度报道</h1><p>这是报道的开头，后面的内容需要订阅后才能读到，编辑部感谢你的支持。</p><p>本文为付费内容，剩余80%内容订阅后阅读</p></body></html>".encode()}, DropReason.PAYWALL),
        ({"body": "<html><body><h1>公告</h1><p>暂无内容。</p></body></html>".encode()}, DropReason.THIN),
        ({"body": ("<html><body>" + "<p>棋牌下载|真人棋牌|棋牌平台官网|手机棋牌下载|棋牌娱乐平台|真人棋牌官网</p>" * 6 + "</body></html>").encode()}, DropReason.SPAM),
    ],
)  # fmt: skip
def test_pages_without_an_article_end_with_their_reason(restorer, make_page, page, reason):
    result = restorer.restore(make_page(page.pop("body"), **page))

    assert _reason(result) is reason
    assert result.dropped.detail


def test_dropped_pages_keep_what_was_found(restorer, make_page):
    result = restorer.restore(make_page("<html><body><h1>公告</h1><p>暂无内容。</p></body></html>"))

    assert [line.clean for line in result.lines] == ["公告", "暂无内容。"]
    assert result.repaired == "公告\n暂无内容。"
    assert result.notes[-1].decision == "dropped: thin"


@pytest.mark.parametrize(
    "body",
    [
        "<html><body>" + "<p>" + "很长的一页。" * 350_000 + "</p></body></html>",
        "<div>" * 50_000 + "深处的文字" + "</div>" * 50_000,
        "<p>一行</p>\n" * 300_000,
        "一行文字\n" * 1_000_000,
        "<a href='/'>" * 50_000 + "链接",
        "<table><tr><td>" * 20_000 + "格子",
    ],
    ids=["5 MB", "nested tags", "many paragraphs", "a million lines", "open links", "nested tables"],
)  # fmt: skip
def test_huge_pages_end_within_seconds(restorer, make_page, body):
    started = time.perf_counter()

    restorer.restore(make_page(body, content_type="text/html" if body.startswith("<") else "text/plain"))

    assert time.perf_counter() - started < 20


@given(st.binary(max_size=2000), st.sampled_from(["", "text/html", "text/plain", "application/pdf"]))
@settings(max_examples=120, deadline=None)
def test_restore_never_raises_on_bytes(restorer, make_page, body, content_type):
    assert isinstance(restorer.restore(make_page(body, content_type=content_type)), Restored | NotRestored)


_PIECES = st.sampled_from(
    ["<p>", "</p>", "<div class='comment'>", "</div>", "<br>", "<h1>", "</h1>", "<a href=/>", "</a>", "<td>", "<!--", "-->", "&nbsp;", "&#x0;",
     "智谱通过聆讯，", "公司说。", "2025-12-30 10:00", "來源:某報", "發(fā)", "?yàn)", "|棋牌|", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\x00", "￼"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=60))
@settings(max_examples=150, deadline=None)
def test_text_is_made_of_clean_lines_and_repairs_replay(restorer, make_page, pieces):
    result = restorer.restore(make_page("<html><body>" + "".join(pieces)))

    if isinstance(result, Restored):
        kept = [line.clean for line in result.lines if line.label in BODY_LABELS]
        assert result.text.split("\n") == kept
        assert result.published_at is None or result.published_at <= result.published_at + timedelta(0)
    replayed = replay([line.text for line in result.lines], result.repairs)
    assert len(replayed) == len(result.lines)
    assert result.repaired == "\n".join(line.clean for line in result.lines)


def test_restoring_restored_text_changes_nothing(restorer, make_page, articles):
    text = "\n".join([articles["bridge"][0], *articles["bridge"][1]])
    first = _article(restorer.restore(make_page(text, content_type="text/plain", url="file:///a.txt")))
    again = _article(restorer.restore(make_page(first.repaired, content_type="text/plain", url="file:///a.txt")))

    assert (again.title, again.text, again.repaired) == (first.title, first.text, first.repaired)
    assert first.repaired == text
    assert first.repairs == ()
