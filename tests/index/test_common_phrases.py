"""Phrases that are terms by themselves: which are learned, and that they change how fast, never what is found."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index import common_phrases
from index.common_phrases import CommonPhrases, learn
from index.embedded import TantivyIndex
from index.records import Document, SearchRequest
from index.searchable import searchable
from index.sync import rebuild
from index.tokens import slots
from tests.support.list_store import ListStore
from zhiwen.errors import IndexError_

Maker = Callable[..., list[Document]]
FOOTER = "更多精彩内容请关注本站客户端"
CHARACTERS = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"


def texts(count: int = 1_000, *, seed: int = 1) -> Iterator[str]:
    """Noise of a hundred characters, with 人工智能 in one of ten, GPT-4 in one of twenty, the same footer in one of sixty."""
    chance = random.Random(seed)
    for number in range(count):
        said = [chance.choices(CHARACTERS, k=chance.randint(1, 20)) for _ in range(10)]
        if number % 10 == 0:
            said[3].insert(chance.randint(0, 1), "人工智能")
        if number % 20 == 0:
            said[4].insert(chance.randint(0, 1), "GPT-4")
        text = "，".join("".join(characters) for characters in said)
        yield f"{text}。{FOOTER}。" if number % 60 == 0 else f"{text}。"


def learned() -> CommonPhrases:
    return learn(map(searchable, texts()))


def asked(phrases: CommonPhrases, text: str) -> bool:
    return phrases.term(slots(text)) is not None


def total(index: TantivyIndex, query: str) -> int:
    return index.search(SearchRequest(query=query)).total


def sent(index: TantivyIndex, query: str) -> str:
    return index.explain(SearchRequest(query=query)).sent


def test_what_many_texts_hold_is_learned_in_any_script() -> None:
    phrases = learned()

    assert asked(phrases, "人工智能")
    assert asked(phrases, "GPT-4")
    assert asked(phrases, "gpt 4")  # as the analysis has it
    assert asked(phrases, FOOTER)
    assert not asked(phrases, "人工智障")


def test_parts_that_hardly_stand_elsewhere_are_left_to_the_whole() -> None:
    phrases = learned()

    assert not asked(phrases, FOOTER[:5])
    assert not asked(phrases, FOOTER[3:9])
    assert [phrase for phrase in phrases.phrases if "人工" in phrase] == ["人工 工智 智能"]


def test_parts_of_what_very_many_texts_hold_are_learned_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common_phrases, "_VERY_COMMON", 0.01)

    assert asked(learned(), FOOTER[:5])


def test_parts_take_only_the_room_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common_phrases, "_VERY_COMMON", 0.01)
    monkeypatch.setattr(
        common_phrases, "_ROOM", 190 / 114_775
    )  # 100, 50 and 17 times stand those that stand by themselves
    phrases = learned()

    assert asked(phrases, FOOTER)
    assert len(phrases) == 4


def test_a_phrase_that_is_one_term_anyway_is_none_of_them() -> None:
    """Of three Chinese characters, one word; and a run's last character, which no query ends in."""
    phrases = [phrase.split() for phrase in learned().phrases]

    assert all(len(phrase) > 1 for phrase in phrases)
    assert not any(len(phrase) == 2 and all(len(token) == 2 for token in phrase) for phrase in phrases)
    assert all(phrase[-1] in ("4",) or len(phrase[-1]) == 2 for phrase in phrases)


def test_too_small_a_sample_teaches_nothing() -> None:
    assert learn(map(searchable, texts(100))) == CommonPhrases()


def test_no_more_is_read_of_a_sample_than_is_needed() -> None:
    def endless() -> Iterator[str]:
        seed = 0
        while True:
            seed += 1
            yield from map(searchable, texts(seed=seed))

    assert asked(learn(endless()), "人工智能")


def test_terms_take_no_more_room_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common_phrases, "_ROOM", 100 / 93_000)  # of a thousand texts: one of ten holds it
    sample = [searchable(text) for text in texts()]
    phrases = learn(sample)

    assert phrases.phrases == ("人工 工智 智能",)
    assert sum(phrases.terms_in(text).count("///") for text in sample) == 100


def test_terms_come_as_often_as_their_phrases() -> None:
    phrases = CommonPhrases(phrases=("人工 工智 智能", "gpt 4", "a a"))

    assert phrases.terms_in(searchable("人工智能，人工智能。GPT-4人工智能体")) == "///0 ///0 ///1 ///0"
    assert phrases.terms_in(searchable("人工，智能。GPT-45")) == ""
    assert phrases.terms_in("a a a") == "///2 ///2"
    assert CommonPhrases().terms_in("a a") == ""


def test_the_beginning_of_a_word_is_none_of_them() -> None:
    phrases = CommonPhrases(phrases=("glm 4",))

    assert phrases.term(slots("GLM-4", prefix=True)) is None
    assert phrases.term(slots("GLM-4")) == "///0"


def documents_with(documents: Maker, made: Iterator[str]) -> list[Document]:
    return documents(*({"text": text} for text in made))


@pytest.fixture(params=["handed over", "rebuilt"])
def index(request: pytest.FixtureRequest, tmp_path: Path, documents: Maker) -> TantivyIndex:
    """A thousand texts that phrases were learned from, and some more."""
    index, made = TantivyIndex(tmp_path), documents_with(documents, texts(1_200))
    if request.param == "handed over":
        index.apply(made[:1_000])
        index.apply(made[1_000:])
        return index
    store = ListStore()
    for document in made:
        store.add(document.id, document.text)
    rebuild(index, store)
    return index


def test_the_same_is_found_by_term_and_by_positions(index: TantivyIndex) -> None:
    assert total(index, "人工智能") == 120
    assert total(index, f'"{FOOTER}"') == 20
    assert total(index, "GPT-4") == 60
    assert "///" in sent(index, "人工智能")
    assert "人工 工智 智能" in sent(index, "人工智能")  # for people
    assert "///" not in sent(index, "工智能") + sent(index, f'"{FOOTER[:6]}"') + sent(index, "title:人工智能")
    assert total(index, f'"{FOOTER[:6]}"') == 20
    assert total(index, "text:人工智能") == 120


def test_another_process_reads_what_was_learned(index: TantivyIndex, tmp_path: Path) -> None:
    reader = TantivyIndex(tmp_path)

    assert total(reader, "人工智能") == 120
    assert "///" in sent(reader, "人工智能")
    assert "phrases by themselves" in reader.status().detail


def test_a_reader_that_was_there_before_hears_of_it(tmp_path: Path, documents: Maker) -> None:
    reader, writer = TantivyIndex(tmp_path), TantivyIndex(tmp_path)
    writer.apply([])
    assert total(reader, "人工智能") == 0
    writer.apply(documents_with(documents, texts()))

    assert total(reader, "人工智能") == 100
    assert "///" in sent(reader, "人工智能")


def test_an_index_that_grew_from_little_goes_on_by_positions(tmp_path: Path, documents: Maker) -> None:
    index, made = TantivyIndex(tmp_path), documents_with(documents, texts(1_100))
    index.apply(made[:50])
    index.apply(made[50:])

    assert total(index, "人工智能") == 110
    assert "///" not in sent(index, "人工智能")


def test_a_writer_killed_before_its_first_commit_leaves_phrases_that_go_on_to_hold(
    tmp_path: Path, documents: Maker
) -> None:
    TantivyIndex(tmp_path).apply([])
    (generation,) = tmp_path.glob("g-*")
    CommonPhrases(phrases=("人工 工智 智能",)).write(generation / "phrases.json")
    index = TantivyIndex(tmp_path)
    index.apply(documents_with(documents, texts(20)))

    assert "///0" in sent(index, "人工智能")
    assert total(index, "人工智能") == 2


def test_terms_are_no_words_that_a_query_could_mean(
    tmp_path: Path, documents: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    phrases = CommonPhrases(phrases=(*(f"没有 {number}" for number in range(0xABC)), "人工 工智 智能"))
    monkeypatch.setattr("index.embedded.learn", lambda sample: phrases)
    index = TantivyIndex(tmp_path)
    index.apply(documents_with(documents, texts(10)))

    assert "///abc" in sent(index, "人工智能")
    assert total(index, "人工智能") == 1
    for query in ("abc~2", "aabc~2", "abc*", "ab*", '"///abc"', '"abc a"~3'):
        assert total(index, query) == 0


def test_damaged_phrases_are_reported_with_what_to_do(index: TantivyIndex, tmp_path: Path) -> None:
    (path,) = tmp_path.glob("*/phrases.json")
    path.write_text('["人工')

    with pytest.raises(IndexError_, match=r"phrases\.json.*index rebuild"):
        total(TantivyIndex(tmp_path), "人工智能")
