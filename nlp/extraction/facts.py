"""What can be seen of one line by itself: the facts that finding the body and labelling lines both weigh."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zhiwen.folding import fold

_HAN = re.compile("[\u3400-\u9fff\u3041-\u30fa\uac00-\ud7a3]")
_WORD = re.compile("[a-z\u00c0-\u02af\u0370-\u1fff]+")  # Latin to Khmer
_STOP = re.compile("[。!?…;]|\\.(?=\\s|$)")
_COMMA = re.compile("[,、:;]")
_ENDS_SENTENCE = re.compile("(?:[。!?…;:]|\\.)[\"'”’」』)\\]]*$")
DATE_TIME = re.compile(
    r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?(?:[ t]{0,3}\d{1,2}[:时]\d{2}(?:[:分]\d{2}秒?)?)?"
)
_RELATIVE_TIME = re.compile(r"\d+\s?(?:秒|分钟|小时|天|个月|年)前|(?:刚刚|昨天|前天|今天)(?:\s?\d{1,2}:\d{2})?")
_TIME_ONLY = re.compile(
    f"(?:发布|更新|时间|于|:|\\s)*(?:{DATE_TIME.pattern}|{_RELATIVE_TIME.pattern})(?:\\s|发布|更新|[|·])*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`text` is folded (script, width, case), so patterns need one spelling. `length` counts a Latin word as two characters."""

    text: str
    length: int
    han: int
    stops: int
    commas: int
    ends_sentence: bool
    is_time: bool
    link_share: float
    tag: str

    @property
    def is_prose(self) -> bool:
        """Does it read like running text: a sentence, or a long clause with commas?"""
        if self.link_share > 0.7 or self.is_time:
            return False
        if self.ends_sentence and self.length >= 10:
            return True
        return (self.length >= 18 and (self.stops > 0 or (self.commas > 0 and self.length >= 25))) or self.length >= 60


def facts_of(text: str, *, link_share: float = 0.0, tag: str = "") -> Facts:
    folded = fold(text).strip()
    han = len(_HAN.findall(folded))
    return Facts(
        text=folded,
        length=han + 2 * len(_WORD.findall(folded)) + sum(map(str.isdigit, folded)),
        han=han,
        stops=len(_STOP.findall(folded)),
        commas=len(_COMMA.findall(folded)),
        ends_sentence=bool(_ENDS_SENTENCE.search(folded)),
        is_time=bool(len(folded) <= 40 and _TIME_ONLY.fullmatch(folded)),
        link_share=link_share,
        tag=tag,
    )
