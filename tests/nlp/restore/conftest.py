"""A model of the mirror machine, forwards, and builders of invented pages.

The machine is written here a second time, from its description, so that repairing is not tested against itself: it knows
nothing of how `nlp.repair` works.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.records import RawPage
from nlp.restore import Restorer

FETCHED = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)

# Our own words: three short articles.
ARTICLES = {
    "lamp": (
        "一盏路灯和它的算法",
        [
            "青石镇的路灯去年换了新的控制器，镇上的人说，夜里走路终于不用再打手电。",
            "负责项目的工程师告诉我们，控制器里有一个很小的模型，它根据脚步声判断要不要把灯调亮。",
            "模型只有三百万个参数，训练数据来自镇上十二个路口的录音，全部经过居民同意。",
            "为什么不用更大的模型？工程师的回答是，路灯没有网络，电费也要算进成本。",
            "镇政府计划明年把控制器装到另外四十条街道，预算为二百六十万元。",
        ],
    ),
    "bridge": (
        "造桥的人开始用智能体排工期",
        [
            "在江北大桥的工地上，排工期的人不再是老师傅，而是一个会看天气预报的智能体。",
            "它每天早上六点读取水位、风力和材料到场时间，然后给出当天的施工顺序。",
            "项目经理说，最初大家都不相信它，直到它提前两天预报了一次停工。",
            "不过，老师傅仍然保留最后的决定权，机器提出的安排有三成会被改动。",
            "这座桥预计在明年秋天合龙，届时两岸之间的路程将从四十分钟缩短到五分钟。",
        ],
    ),
}


@pytest.fixture(scope="session")
def restorer() -> Restorer:
    return Restorer()


@pytest.fixture(scope="session")
def make_page() -> Callable[..., RawPage]:
    def make(body: bytes | str, **changes: object) -> RawPage:
        data = body.encode() if isinstance(body, str) else body
        url = str(changes.pop("url", "https://news.example.cn/2025/12/30/1001.html"))
        given: dict[str, object] = {"url": url, "final_url": url, "source": "example", "fetched_at": FETCHED}
        return RawPage(**{**given, "content_type": "text/html", **changes, "body": data})  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def articles() -> dict[str, tuple[str, list[str]]]:
    return ARTICLES


@pytest.fixture(scope="session")
def seed() -> bytes:
    import config

    return (Path(config.__file__).parent / "samples" / "seed.txt").read_bytes()


@pytest.fixture(scope="session")
def restored_seed(restorer, make_page, seed):
    return restorer.restore(make_page(seed, url="file:///seed.txt", content_type="text/plain"))


class Machine:
    """The mirror machine of family T/GBK: traditional characters, then notes put into GBK bytes, then decoded as Windows does.

    `keys` are the characters it annotates, each with the one reading that pypinyin gives.
    """

    def __init__(self, keys: str) -> None:
        from pypinyin import Style, pinyin

        self.notes = {key: pinyin(key, style=Style.TONE)[0][0] for key in keys}

    def shown(self, text: str) -> str:
        return "\n".join(self._line(line) for line in self.traditional(text).split("\n"))

    @staticmethod
    def traditional(text: str) -> str:
        from opencc import OpenCC

        # Character by character, as the machine does: a line each keeps OpenCC from seeing phrases.
        lines = OpenCC("s2t").convert("\n".join(character for character in text if character != "\n")).split("\n")
        converted = iter(lines)
        return "".join(character if character == "\n" else next(converted) for character in text)

    def annotated(self, text: str) -> str:
        """Family T/UTF-8: the same notes after whole characters, nothing shifted."""
        text = self.traditional(text)
        for key, note in self.notes.items():
            text = text.replace(key, f"{key}({note})")
        return text

    def _line(self, line: str) -> str:
        data = line.encode("gb18030")
        for key, note in self.notes.items():
            pair = key.encode("gb18030")
            if len(pair) == 2:
                data = data.replace(pair, pair + f"({note})".encode("gb18030"))
        return self._windows(data)

    @staticmethod
    def _windows(data: bytes) -> str:
        shown, at = [], 0
        while at < len(data):
            byte = data[at]
            if byte < 0x80:
                shown.append(chr(byte))
                at += 1
            elif byte == 0x80:
                shown.append("€")
                at += 1
            else:
                pair = data[at : at + 2]
                try:
                    character = pair.decode("gb18030")
                except UnicodeDecodeError:
                    character = "?"
                shown.append(character)
                at += 2
        return "".join(shown)


@pytest.fixture(scope="session")
def machine() -> Callable[[str], Machine]:
    return Machine


def html(
    title: str, paragraphs: list[str], *, head: str = "", byline: str = "", before: str = "", after: str = ""
) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html><head><title>{title}_示例科技网</title>{head}</head><body>"
        f"<div class='nav'><a href='/'>首页</a><a href='/tech'>科技</a><a href='/finance'>财经</a></div>{before}"
        f"<div class='wrap'><h1>{title}</h1><div class='info'>{byline}</div><div class='text'>{body}</div></div>"
        f"{after}<div class='foot'>版权所有 示例科技网 <a href='/about'>关于我们</a></div></body></html>"
    )


@pytest.fixture(scope="session")
def make_html() -> Callable[..., str]:
    return html
