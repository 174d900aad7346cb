"""The spaCy pipeline for Chinese news: blank `zh`, jieba segmentation of our own, our components.

build_pipeline(lexicon) ─▶ NewsLanguage

jieba is used without its global tokenizer and without its cache file: the cache lies in the shared temporary folder
and is read with `marshal`, so whoever writes there first decides what every other user's process loads. Reading the
dictionary itself takes half a second, once a process.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib import resources

import jieba
from spacy.lang.zh import Chinese
from spacy.tokens import Doc
from spacy.vocab import Vocab

from nlp.components.gazetteer import Gazetteer
from nlp.components.pipeline import PIPES, prepare
from nlp.components.records import Context
from nlp.lexicon import Lexicon

jieba.setLogLevel(logging.WARNING)

# A text is pure Python data to our components, so spaCy's limit for parsers does not apply; pages are bounded earlier.
_MAX_LENGTH = 50_000_000
_WORD_FREQUENCY = 20_000  # high enough that a lexicon name is never cut, whatever its characters are worth alone
_COMMON = 3  # occurrences in jieba's corpus from which a string counts as a word


class Segmenter:
    """Chinese words by jieba, with the lexicon's names as words. One instance a pipeline; nothing global changes."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._jieba = jieba.Tokenizer()
        with resources.files("jieba").joinpath("dict.txt").open("rb") as dictionary:
            self._jieba.FREQ, self._jieba.total = _frequencies(dictionary.read().decode("utf-8"))
        self._jieba.initialized = True
        self._common: dict[str, int] = {}
        for name in lexicon.names.values():
            if _is_han(name.text) and not name.needs:
                self._common.setdefault(name.text, self._jieba.FREQ.get(name.text, 0))
                self._add(name.text)

    def _add(self, word: str) -> None:
        self._jieba.FREQ[word] = max(self._jieba.FREQ.get(word, 0), _WORD_FREQUENCY)
        for end in range(1, len(word)):
            self._jieba.FREQ.setdefault(word[:end], 0)

    def words(self, text: str) -> Iterator[str]:
        """Words that together are exactly `text`."""
        # A million characters without punctuation would make one graph of a million nodes; lines keep it small.
        for line in text.splitlines(keepends=True):
            for start in range(0, len(line), 5000):
                yield from self._jieba.cut(line[start : start + 5000], HMM=False)

    def is_word(self, text: str) -> bool:
        """True for a word of the general dictionary (not for a name that only the lexicon has)."""
        frequency = self._common[text] if text in self._common else self._jieba.FREQ.get(text, 0)
        return int(frequency) >= _COMMON


class NewsTokenizer:
    """spaCy's tokenizer interface over the segmenter: words cover the text, so offsets hold."""

    def __init__(self, vocab: Vocab, segmenter: Segmenter) -> None:
        self.vocab = vocab
        self._segmenter = segmenter

    def __call__(self, text: str) -> Doc:
        words = list(self._segmenter.words(text))
        return Doc(self.vocab, words=words, spaces=[False] * len(words))


class NewsLanguage(Chinese):  # type: ignore[no-untyped-call]  # spaCy leaves __init_subclass__ untyped
    """`zh` with a lexicon. Components take what they need from here at construction."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.gazetteer = Gazetteer(lexicon)
        self.segmenter = Segmenter(lexicon)
        self.is_word = self.segmenter.is_word
        super().__init__(max_length=_MAX_LENGTH, create_tokenizer=lambda nlp: NewsTokenizer(nlp.vocab, self.segmenter))

    def read(self, text: str, context: Context) -> Doc:
        """The text with everything the components found, on `doc._`."""
        doc = prepare(self.make_doc(text), context)
        return self(doc)


def build_pipeline(lexicon: Lexicon) -> NewsLanguage:
    """The pipeline with all components, checked: a component whose needs nobody meets is a programming error."""
    nlp = NewsLanguage(lexicon)
    for name in PIPES:
        nlp.add_pipe(name)
    return nlp


def _frequencies(dictionary: str) -> tuple[dict[str, int], int]:
    """jieba's prefix table: each word's frequency, and 0 for what only begins words."""
    table: dict[str, int] = {}
    total = 0
    for line in dictionary.splitlines():
        word, _, rest = line.partition(" ")
        frequency = int(rest.partition(" ")[0])
        table[word] = frequency
        total += frequency
        for end in range(1, len(word)):
            table.setdefault(word[:end], 0)
    return table, total


def _is_han(text: str) -> bool:
    return all("\u3400" <= character <= "\u9fff" for character in text)
