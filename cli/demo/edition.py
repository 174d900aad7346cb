"""What the newsroom has in print in each round: every address with its answer, and what a monitor should make of it.

round 1   a feed of articles, a list of mirrors, a list of filings; a soft 404 and a spam page among them
round 2   one article is new, one corrected (a number), one gone; all else is as it was
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from cli.demo import pages, stories
from cli.demo.mirror import Related, make_mirror, mirror_html
from cli.demo.stories import Story

HTML, TEXT = "text/html; charset=utf-8", "text/plain; charset=utf-8"
CORRECTION = ("4.1亿元", "4.3亿元")
_ROBOTS = b"User-agent: *\nDisallow: /private/\n"
_GONE = stories.COMPUTE_CENTRE
_CORRECTED = stories.YUNZHAN_HEARING
_MIRRORED = (stories.MINIMAX_FILING, stories.ZHIPU_NUMBERS, stories.EDGE_CHIP)
_RELATED = (
    Related(title="冬至前后北方多地降温，出行注意防滑", outlet="示例晚报", printed_time="2025-12-21 07:40:12"),
    Related(title="跨年档电影预售开启，这几部值得看", outlet="示例娱乐", printed_time="2025-12-20 19:05:33"),
    Related(title="三场加时赛，示例联赛周末综述", outlet="示例体育", printed_time="2025-12-21 22:58:04"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an address answers. The validators follow from it: `etag` from the bytes, `modified` from the story."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    modified: datetime = datetime(2025, 12, 1, tzinfo=UTC)

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How the pages of a round should end, so that a demo can check itself. `dropped` counts by DropReason,
    without those that are gone: they have a number of their own.

    unchanged: known pages that answer 304. robots: addresses on a list that robots.txt keeps away.
    """

    added: int
    updated: int = 0
    gone: int = 0
    unchanged: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    robots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    answers: Mapping[str, Answer]
    expected: Expected


def edition(number: int, *, base_url: str) -> Edition:
    """What stands on the newsroom at `base_url` in round `number` (1 or 2)."""
    if number not in (1, 2):
        raise ValueError(f"the newsroom has rounds 1 and 2, not {number}")
    entries = [(f"/news/{story.slug}.html", story) for story in _in_feed(number)]
    answers = {
        "/robots.txt": Answer(body=_ROBOTS, content_type=TEXT),
        "/feed.xml": _feed(entries, base_url=base_url),
        **{path: _article(story) for path, story in entries},
        "/news/removed.html": Answer(body=pages.missing_page()),
        **_mirror_site(),
        **_filings(),
    }
    if number == 2:
        answers[f"/news/{_GONE.slug}.html"] = Answer(body=b"gone", content_type=TEXT, status=410)
    return Edition(answers=answers, expected=_expected(number))


def _in_feed(number: int) -> list[Story]:
    steady = [stories.LANTU_FUNDING, stories.QINGQIONG_MODEL, stories.PRICE_REVIEW]
    if number == 1:
        return [_CORRECTED, *steady, _GONE]
    return [stories.ROUND_TWO_NEW, _CORRECTED.corrected(*CORRECTION), *steady]


def _feed(entries: list[tuple[str, Story]], *, base_url: str) -> Answer:
    # The feed still names an article that was taken down, as feeds do.
    removed = Story(
        slug="removed", title="智能体平台更新说明", author="何一帆", publisher="智闻示例社",
        published=entries[-1][1].published, paragraphs=("本文已删除。",),
    )  # fmt: skip
    listed = [*entries, ("/news/removed.html", removed)]
    body = pages.feed("智闻示例社", base_url, listed)
    return Answer(body=body, content_type="application/rss+xml; charset=utf-8", modified=_newest(entries))


def _newest(entries: list[tuple[str, Story]]) -> datetime:
    return max(story.published for _, story in entries)


def _article(story: Story) -> Answer:
    # A corrected article says so in Last-Modified, as a careful site does.
    later = timedelta(hours=6) if story.slug == _CORRECTED.slug and story != _CORRECTED else timedelta(0)
    return Answer(body=pages.article_page(story), modified=story.published + later)


def _mirror_site() -> dict[str, Answer]:
    mirrored = {f"/mirror/{2200 + number}.html": story for number, story in enumerate(_MIRRORED)}
    links = [pages.Link(path=path, title=story.title, printed=story.published) for path, story in mirrored.items()]
    when = links[0].printed
    links += [
        pages.Link(path="/mirror/promo.html", title="精彩推荐", printed=when),
        pages.Link(path="/private/draft.html", title="内部草稿", printed=when),
        pages.Link(path="/about.html", title="关于本站", printed=when),
    ]
    mirrors = {
        path: Answer(
            body=mirror_html(make_mirror(story, seed=seed, related=_RELATED)).encode(), modified=story.published
        )
        for seed, (path, story) in enumerate(mirrored.items())
    }
    return {
        "/channel/ai/": Answer(body=pages.list_page("人工智能频道（示例）", links), modified=when),
        **mirrors,
        "/mirror/promo.html": Answer(body=pages.spam_page()),
        # Served although robots.txt forbids it: a crawler that takes it in shows up in the counts.
        "/private/draft.html": _article(stories.COMPUTE_CENTRE),
        "/about.html": Answer(body=pages.missing_page()),
    }


def _filings() -> dict[str, Answer]:
    hearing, tutoring = stories.YUNZHAN_HEARING, stories.XINYU_TUTORING
    documents = {
        pages.Filing(
            number="F20251218001", company="云栈智能科技股份有限公司", form="聆讯后资料集",
            path="/filings/doc/F20251218001.html", printed=hearing.published,
        ): (
            "云栈智能科技股份有限公司已通过港交所上市聆讯，本聆讯后资料集于2025年12月18日披露。",
            "截至2024年12月31日止年度，本公司收入为人民币4.1亿元，较2023年增长64%；年内亏损为人民币1.6亿元。",
            "本公司拟将所得款项净额用于模型研发、推理集群建设及海外市场拓展。",
        ),
        pages.Filing(
            number="F20251215007", company="芯屿半导体股份有限公司", form="上市辅导备案报告",
            path="/filings/doc/F20251215007.html", printed=tutoring.published,
        ): tutoring.paragraphs,
    }  # fmt: skip
    pdf = pages.Filing(
        number="F20251219002", company="澜图科技股份有限公司", form="聆讯后资料集",
        path="/filings/doc/F20251219002.pdf", printed=stories.EDGE_CHIP.published - timedelta(days=1),
    )  # fmt: skip
    sample = files("config").joinpath("samples", "lantu-hearing.pdf").read_bytes()
    listed = [*documents, pdf]
    newest = max(filing.printed for filing in listed)
    return {
        "/filings/list.json": Answer(
            body=pages.filing_list(listed), content_type="application/json; charset=utf-8", modified=newest
        ),
        **{
            filing.path: Answer(body=pages.filing_page(filing, paragraphs), modified=filing.printed)
            for filing, paragraphs in documents.items()
        },
        pdf.path: Answer(body=sample, content_type="application/pdf", modified=pdf.printed),
    }


def _expected(number: int) -> Expected:
    articles, filings, mirrors, drops = 5, 3, len(_MIRRORED), 2
    if number == 1:
        return Expected(added=articles + filings + mirrors, dropped={"soft_404": 1, "spam": 1}, robots=1)
    unchanged = articles + filings + mirrors + drops - 2  # all but the corrected one and the one that is gone
    return Expected(added=1, updated=1, gone=1, unchanged=unchanged, robots=1)
