"""The looks of the demo's sites: a story in, bytes of a page out. Chrome of our own, of the kinds real sites have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from xml.etree import ElementTree

from cli.demo.stories import NOTICE, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A line of a list page: where it leads (a path on the newsroom), what it says and when it was printed."""

    path: str
    title: str
    printed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A line of the filing list, in the exchange's words."""

    number: str
    company: str
    form: str
    path: str
    printed: datetime


def article_page(story: Story) -> bytes:
    """A news site's article: menu, crumbs, share bar, story, notice, related list, sidebar, footer."""
    title, stamp = escape(story.title), story.published.isoformat()
    body = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in story.paragraphs)
    page = f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{title}_{escape(story.publisher)}</title>
<meta name="author" content="{escape(story.author)}">
<meta property="og:title" content="{title}">
<meta property="og:site_name" content="{escape(story.publisher)}">
<meta property="article:published_time" content="{stamp}">
</head>
<body>
<div class="menu"><a href="/">首页</a> <a href="/channel/ai/">人工智能</a> <a href="/channel/ipo/">上市</a> <a href="/login">登录</a></div>
<div class="crumbs">当前位置：首页 &gt; 人工智能 &gt; 正文</div>
<div class="article">
<h1>{title}</h1>
<div class="info"><span>{story.published:%Y-%m-%d %H:%M}</span> <span>来源：{escape(story.publisher)}</span> <span>作者：{escape(story.author)}</span></div>
<div class="share">分享到：<a href="#">微信</a> <a href="#">微博</a> <a href="#">复制链接</a></div>
<div class="content">
{body}
</div>
<div class="notice">{NOTICE}</div>
</div>
<div class="related"><h3>相关阅读</h3><ul><li>一图看懂推理芯片</li><li>企业智能体落地清单</li><li>本周融资速览</li></ul></div>
<div class="side"><h3>热门</h3><ol><li>多地迎来降温天气</li><li>年末消费数据公布</li></ol></div>
<div class="footer">关于我们 | 联系我们 | 版权所有 {escape(story.publisher)}</div>
</body>
</html>
"""
    return page.encode()


def list_page(title: str, links: Sequence[Link]) -> bytes:
    items = "\n".join(
        f'<li><a href="{escape(link.path)}">{escape(link.title)}</a> <time>{link.printed:%Y-%m-%d %H:%M}</time></li>'
        for link in links
    )
    return f"""<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title></head>
<body>
<div class="menu"><a href="/">首页</a> <a href="/about.html">关于</a></div>
<h1>{escape(title)}</h1>
<ul class="list">
{items}
</ul>
<div class="pager">1 2 3 下一页</div>
</body></html>
""".encode()


def feed(title: str, base_url: str, entries: Sequence[tuple[str, Story]]) -> bytes:
    """RSS 2.0; each entry is a path on the newsroom and its story."""
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    for name, text in (("title", title), ("link", base_url), ("description", NOTICE), ("language", "zh-cn")):
        ElementTree.SubElement(channel, name).text = text
    for path, story in entries:
        item = ElementTree.SubElement(channel, "item")
        fields = (("title", story.title), ("link", base_url + path), ("guid", base_url + path),
                  ("author", story.author), ("pubDate", format_datetime(story.published)),
                  ("description", story.summary))  # fmt: skip
        for name, text in fields:
            ElementTree.SubElement(item, name).text = text
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def filing_list(filings: Sequence[Filing]) -> bytes:
    rows = [
        {"id": filing.number, "company": filing.company, "form": filing.form, "document": filing.path,
         "published": f"{filing.printed:%Y-%m-%d %H:%M}", "title": f"{filing.company}：{filing.form}"}
        for filing in filings
    ]  # fmt: skip
    return json.dumps({"state": 1, "total": len(rows), "result": rows}, ensure_ascii=False, indent=1).encode()


def filing_page(filing: Filing, paragraphs: Sequence[str]) -> bytes:
    body = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    heading = escape(f"{filing.company}：{filing.form}")
    return f"""<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{heading} - 示例披露平台</title></head>
<body>
<div class="bar">示例披露平台 | 公告检索 | 帮助</div>
<h2>{heading}</h2>
<div class="no">编号：{filing.number}　披露时间：{filing.printed:%Y-%m-%d %H:%M}</div>
<div class="doc">
{body}
</div>
<div class="bar">{NOTICE}</div>
</body></html>
""".encode()


def missing_page() -> bytes:
    """What careless sites answer, with status 200, for an article that is no longer there."""
    return """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>页面不存在</title></head>
<body><div class="menu"><a href="/">首页</a></div>
<h2>抱歉，您访问的页面不存在或已被删除</h2><p>5秒后自动返回首页</p><a href="/">返回首页</a>
</body></html>
""".encode()


def spam_page() -> bytes:
    words = ("免费影视大全", "棋牌游戏大厅下载", "彩票开奖结果查询", "电玩城注册送金", "体育投注平台入口", "最新地址发布页",
             "高清完整版在线观看", "手机棋牌下载", "无广告播放", "开奖直播现场")  # fmt: skip
    stuffed = "|".join(words)
    links = "\n".join(f"<li><a href='#'>{word}</a></li>" for word in words)
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{words[0]}-{words[1]}-{words[2]}</title><meta name="keywords" content="{",".join(words)}"></head>
<body><h1>{stuffed}</h1>
<p>注册即送88元，首充翻倍，24小时客服在线，提款秒到账。收藏本站永久网址，防止迷路。</p>
<ul>{links}</ul><p>{stuffed}</p><p>友情链接：{" ".join(words)}（示例垃圾页，由智闻项目编写）</p>
</body></html>
""".encode()
