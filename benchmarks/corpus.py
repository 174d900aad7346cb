"""Generated Chinese news: sentences of our own sample articles (config/samples) and phrases below, put together by chance.

64 company names of falling frequency, as in the news, and a tail of random characters, so that the vocabulary is not that
of twenty pages. The seed is fixed: runs can be compared.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

from index.records import Document, DocumentFigure

SAMPLES = Path(__file__).parents[1] / "config" / "samples"
COMPANIES = ["OpenAI", "DeepSeek", "智谱", "阿里巴巴", "月之暗面", "字节跳动", "Anthropic", "商汤科技", "百度", "腾讯", "MiniMax", "科大讯飞", "英伟达", "华为", "阶跃星辰", "百川智能", "零一万物", "面壁智能", "寒武纪", "摩尔线程", "旷视科技", "云从科技", "依图科技", "第四范式", "出门问问", "宇树科技", "优必选", "地平线", "黑芝麻智能", "壁仞科技", "燧原科技", "沐曦", "天数智芯", "昆仑万维", "三六零", "京东", "美团", "小米", "快手", "网易", "谷歌", "微软", "苹果", "亚马逊", "特斯拉", "Mistral", "Cohere", "xAI", "Perplexity", "软银", "红杉中国", "高瓴", "小鹏汽车", "理想汽车", "蔚来", "文远知行", "小马智行", "银河通用", "智元机器人", "深势科技", "晶泰科技", "思必驰", "云知声", "达观数据"]  # fmt: skip
_VERBS = ["发布", "开源", "推出", "升级", "下线", "测试", "采购", "投资", "收购", "评测"]
_OBJECTS = ["新一代大模型", "推理框架", "智能体平台", "视频生成工具", "代码助手", "语音模型", "训练芯片", "具身机器人", "搜索产品", "数据集", "云服务", "办公套件"]  # fmt: skip
PHRASES = ["向港交所递交招股书", "完成新一轮融资", "宣布与高校合作", "下调了接口价格", "通过上市聆讯", "收入同比增长", "亏损进一步收窄", "训练成本大幅下降", "海外用户超过预期", "获得多家机构投资", "调整了组织架构", "算力需求持续上升", "监管部门公布备案名单", *(verb + thing for verb in _VERBS for thing in _OBJECTS)]  # fmt: skip
EVENTS = ["funding", "results", "listing", "filing_submitted", "hearing_passed", "release", "partnership"]
FILLER = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"  # fmt: skip


class _Paragraphs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "p":
            self._open = True
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[-1] += data


def sample_sentences() -> list[str]:
    """The sentences of our sample pages that are UTF-8 and in Chinese."""
    paragraphs: list[str] = []
    for page in sorted(SAMPLES.glob("*.html")):
        reader = _Paragraphs()
        reader.feed(page.read_bytes().decode("utf-8", "ignore"))
        paragraphs += reader.texts
    sentences = (sentence.strip() for paragraph in paragraphs for sentence in paragraph.split("。"))
    return [f"{sentence}。" for sentence in sentences if len(sentence) > 8 and not sentence.isascii()]


def generated(count: int, *, length: int, seed: int = 7) -> Iterator[Document]:
    """Documents of about `length` characters, one in five a repost of the one before it."""
    chance, samples = random.Random(seed), sample_sentences()
    weights = [1 / rank for rank in range(1, len(COMPANIES) + 1)]
    story = 0
    for seq in range(1, count + 1):
        about = chance.choices(COMPANIES, weights, k=2)
        amount = chance.randint(1, 999)
        sentences, size = [f"{about[0]}{chance.choice(PHRASES)}，收入{amount}亿元。"], 20
        while size < length:
            filler = "".join(chance.choices(FILLER, k=chance.randint(8, 30)))
            said = f"{chance.choice(about)}{chance.choice(PHRASES)}，{filler}。"
            sentences.append(chance.choice(samples) if chance.random() < 0.4 else said)
            size += len(sentences[-1])
        story += chance.random() > 0.2
        moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 500_000))
        figure = DocumentFigure(
            metric="revenue", value=amount * 1e8, unit="CNY", period=str(chance.randint(2022, 2025)), subject=about[0]
        )
        yield Document(
            id=f"{seq:020d}",
            seq=seq,
            version=1,
            url=f"https://news.example/{seq}",
            title=about[0] + chance.choice(PHRASES),
            text="\n".join(sentences),
            source=f"s{chance.randint(0, 9)}",
            author=None,
            publisher=f"p{chance.randint(0, 99)}",
            published_at=moment,
            stored_at=moment,
            language="zh",
            mirror=False,
            companies=tuple(dict.fromkeys(about)),
            about=(about[0],),
            people=(),
            events=tuple({chance.choice(EVENTS) for _ in range(2)}),
            keywords=(),
            figures=(figure, replace(figure, metric=chance.choice(["net_loss", "users"]), value=float(amount))),
            story=f"{story:016x}",
            first_stored_at=moment,
        )
