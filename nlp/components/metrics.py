"""The controlled vocabulary of what figures measure, and where its words stand in a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Literal

import yaml
from ahocorasick_rs import AhoCorasick, MatchKind
from pydantic import BaseModel, ConfigDict, TypeAdapter

from nlp.components.gazetteer import bounded
from nlp.components.records import Value
from nlp.lexicon import spaced
from zhiwen.folding import fold

Kind = Literal["MONEY", "PERCENT", "COUNT", "RANK", "RATIO", "DURATION"]


class Metric(BaseModel):
    """One line of nlp/data/metrics.yaml; its head explains the keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    kinds: tuple[Kind, ...]
    words: tuple[str, ...]
    units: tuple[str, ...] | None = None
    unit: str = ""
    implied: bool = False
    period: Literal["statement", "reporting", "day", "none"]
    subject: Literal["company", "product", "any"] = "company"

    def allows(self, value: Value) -> bool:
        """True if `value` can be this metric. A bare number with a scale (2400 亿) may be money or a count."""
        if value.unit is None:
            return "MONEY" in self.kinds or ("COUNT" in self.kinds and (self.units is None or "" in self.units))
        if value.kind not in self.kinds:
            return False
        return value.kind != "COUNT" or self.units is None or value.unit in self.units


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricWord:
    start: int
    end: int
    metrics: tuple[Metric, ...]


class MetricFinder:
    def __init__(self, metrics: Sequence[Metric]) -> None:
        by_word: dict[str, list[Metric]] = {}
        for metric in metrics:
            for word in metric.words:
                for spelling in dict.fromkeys((fold(word), spaced(fold(word)))):
                    by_word.setdefault(spelling, []).append(metric)
        self._metrics = [tuple(found) for found in by_word.values()]
        self._automaton = AhoCorasick(list(by_word), matchkind=MatchKind.LeftmostLongest)
        self.by_id = {metric.id: metric for metric in metrics}
        self.by_unit = {unit: metric for metric in metrics if metric.implied for unit in metric.units or ()}

    def find(self, folded: str) -> list[MetricWord]:
        """Words of the vocabulary in order, leftmost longest."""
        return [
            MetricWord(start=start, end=end, metrics=self._metrics[index])
            for index, start, end in self._automaton.find_matches_as_indexes(folded)
            if bounded(folded, start, end)
        ]


def load_metrics() -> tuple[Metric, ...]:
    # Queries need the words too, and libyaml reads them ten times as fast; not every PyYAML is built with it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = resources.files("nlp").joinpath("data/metrics.yaml").read_text(encoding="utf-8")
    raw = yaml.load(text, Loader=loader)  # noqa: S506  # a safe one, either of them
    return tuple(TypeAdapter(list[Metric]).validate_python(raw))
