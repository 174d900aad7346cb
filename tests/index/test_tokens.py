"""The analysis has exactly the semantics of substring search on folded text; here a brute-force search says what those are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.matching import FieldText
from index.searchable import searchable, searchable_twice
from index.tokens import GAP, MAX_PIECE, SPACE, Slot, analyse, class_of, slots, telling, trigrams
from zhiwen.folding import fold

# Few characters, so that matches and near misses are frequent: Chinese in both scripts, letters, digits, signs, space.
TEXT = st.text(alphabet="智谱譜的aGl45.,，-。 \n", max_size=24)
QUERY = st.text(alphabet="智谱譜的aGl45.-， ", min_size=1, max_size=6)


def test_positions_survive_the_way_through_an_engine() -> None:
    text = "智譜ＡＩ 發布 GLM-4.5，港股\n24,377.5 亿"

    assert searchable(text).split(" ") == analyse(fold(text)).tokens
    assert searchable(text) == "智谱 谱 ai 发布 布 glm 4.5 | 港股 股 | 24377.5 亿"


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_has_the_same_tokens_both_ways_and_offsets_inside_it(text: str) -> None:
    analysis = analyse(fold(text))

    assert searchable(text).split(" ") == (analysis.tokens or [""])
    assert all(0 <= start <= end <= len(text) for start, end in zip(analysis.starts, analysis.ends, strict=True))
    assert analysis.starts == sorted(analysis.starts)
    searchable(text).encode("utf-8")  # no half of a surrogate pair reaches an engine


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("GPT4", ["gpt", "4"]),
        ("gpt-4", ["gpt", "4"]),
        ("v4.5B", ["v", "4.5", "b"]),
        ("4-5", ["4", "5"]),
        ("2025.12.24", ["2025", "12", "24"]),
        ("1,000", ["1000"]),
        ("1,00", ["1", GAP, "00"]),
        ("AT&T", ["at", "t"]),
        ("end. Next", ["end", GAP, "next"]),
        ("，智。", ["智"]),
        ("智\u200b谱", ["智", SPACE, "谱"]),
        ("智　 谱 ai 谱", ["智", SPACE, "谱", "ai", "谱"]),
        ("智， 谱", ["智", GAP, "谱"]),
        ("Привет мир", ["привет", "мир"]),
        ("한국어", ["한국", "국어", "어"]),
        ("नमस्ते", ["नमस्ते"]),
        ("", []),
        ("！", []),
    ],
)
def test_pieces(text: str, tokens: list[str]) -> None:
    assert analyse(fold(text)).tokens == tokens


def test_overlong_words_stay_short_and_distinct() -> None:
    one, other = analyse("a" * 5000).tokens, analyse("a" * 5001).tokens

    assert len(one[0]) <= MAX_PIECE
    assert one != other


def _brute_force(query: str, text: str) -> list[tuple[int, int]] | None:
    """Where `query` stands in `text`, by a regular expression over the folded text; None where the query is out of its scope."""
    pieces = re.findall(r"[智谱的]|[agl]+|\d+|[^智谱的agl\d]+", fold(query).strip(" .-,"))
    if not pieces or re.search(r"\d[.,]|[.,]\d", fold(text) + " " + fold(query)):
        return None  # numbers have their own rules and cases above
    pattern = []
    for before, piece, after in zip(["", *pieces], pieces, [*pieces[1:], ""], strict=False):
        if piece.isalpha() and piece.isascii():
            pattern.append(rf"(?<![agl]){piece}(?![agl])")
        elif piece.isdecimal():
            pattern.append(rf"(?<!\d){piece}(?!\d)")
        elif piece in "智谱的":
            pattern.append(piece)
        else:
            pattern.append(_separator(before, piece, after))
            continue
        if after and _bare(piece) and _bare(after) and not (_chinese(piece) and _chinese(after)):
            pattern.append(r"(?: *|(?<=[agl\d])[-.](?=[agl\d]))")
    return [match.span(1) for match in re.finditer(f"(?=({''.join(pattern)}))", fold(text))]


def _separator(before: str, piece: str, after: str) -> str:
    words = not _chinese(before) and not _chinese(after)
    if piece in (".", "-") and words:
        return r"(?: *|[-.])"
    if not piece.strip(" "):
        return r" +" if _chinese(before) and _chinese(after) else r"(?: *|(?<=[agl\d])[-.](?=[agl\d]))"
    return r"(?=[ .,\-。\n]*[.,\-。\n])(?!(?<=[agl\d])[-.](?=[agl\d]))[ .,\-。\n]+"


def _bare(piece: str) -> bool:
    return piece.isalnum()


def _chinese(piece: str) -> bool:
    return piece in tuple("智谱的")


@given(QUERY, TEXT)
@settings(max_examples=1500, deadline=None)
def test_phrases_are_exactly_substring_search(query: str, text: str) -> None:
    expected = _brute_force(query, text)
    if expected is None:
        return
    wanted = slots(query)

    assert [start for start, _ in FieldText(text).phrase(wanted)] == [start for start, _ in expected]
    assert [end for _, end in FieldText(text).phrase(wanted)] == [end for _, end in expected]


@given(st.text(alphabet="智谱的天地", min_size=1, max_size=5), st.text(alphabet="智谱的天地，\n", max_size=40))
@settings(max_examples=500, deadline=None)
def test_chinese_is_plain_substring_search(name: str, text: str) -> None:
    expected = [at for at in range(len(text)) if text.startswith(name, at)]

    assert [start for start, _ in FieldText(text).phrase(slots(name))] == expected


@given(st.text(alphabet="智谱a4，- ", min_size=1, max_size=4), st.text(alphabet="智谱a4，- \n", max_size=30))
@settings(max_examples=500, deadline=None)
def test_shortcuts_of_the_matcher_find_what_the_positions_say(query: str, text: str) -> None:
    """Substring search and line by line, against the tokens of the whole text, which is what engines have."""
    wanted = slots(query)
    field = FieldText(text)
    if wanted:
        assert list(field.phrase(wanted)) == list(field.whole.phrase(wanted))


def test_latin_words_keep_their_boundaries() -> None:
    text = FieldText("OpenAI 与 AIGC，AI大模型，GLM-4.5")

    assert [text.folded[start:end] for start, end in text.phrase(slots("AI"))] == ["ai"]
    assert list(text.phrase(slots("glm 4.5")))
    assert not list(text.phrase(slots("glm 4")))


def wider(text: str) -> str:
    """The tokens of the analysis, those of Chinese with one character more where their run has one."""
    analysis = analyse(fold(text))
    tokens = [*analysis.tokens, ""]
    widths = [end - start for start, end in zip(analysis.starts, analysis.ends, strict=True)]
    return " ".join(
        token + tokens[at + 1][1:] if width == 1 and len(token) == 2 else token
        for at, (token, width) in enumerate(zip(analysis.tokens, widths, strict=True))
    )


@given(st.text(alphabet="智谱 aB4.,，-_\n", max_size=40) | st.text(st.characters(exclude_categories=()), max_size=40))
@settings(max_examples=400, deadline=None)
def test_an_engine_is_given_the_tokens_of_the_analysis(text: str) -> None:
    tokens = " ".join(analyse(fold(text)).tokens)

    assert searchable(text) == tokens
    assert searchable_twice(text) == (tokens, wider(text))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("index.searchable._LONG", 1)  # all at once, as a long text
        assert searchable_twice(text) == (tokens, wider(text))


# The planes of Unicode that hold more than signs, without the halves of surrogate pairs.
LETTERS = [*range(0xD800), *range(0xE000, 0x40000), *range(0xE0000, 0xE0200)]


def test_a_run_is_found_in_a_text_where_its_classes_say_it_is() -> None:
    every = "\n".join(f"中{chr(code)}国" for code in LETTERS)
    tokens = " ".join(analyse(fold(every)).tokens)

    assert searchable(every) == tokens
    assert searchable_twice(every) == (tokens, wider(every))


def test_no_other_plane_holds_more_than_signs() -> None:
    others = frozenset(range(0x110000)).difference(LETTERS)

    assert {class_of(chr(code)) for code in others} == {"|"}


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("智谱", [(0, "智谱")]),
        ("谱", [(0, "谱")]),
        ("面壁智", [(0, "面壁"), (1, "壁智")]),
        ("面壁智能", [(0, "面壁"), (2, "智能")]),
        ("面壁智能的", [(0, "面壁"), (2, "智能"), (3, "能的")]),
        ("智谱 发布", [(0, "智谱"), (2, SPACE), (3, "发布")]),
        ("智谱AI", [(0, "智谱"), (2, "ai")]),
        ("谱AI发", [(0, "谱"), (1, "ai"), (2, "发")]),
        ("大模型，AI", [(0, "大模"), (1, "模型"), (3, GAP), (4, "ai")]),
        ("OpenAI GLM", [(0, "openai"), (1, "glm")]),
    ],
)
def test_few_slots_tell_a_phrase(query: str, kept: list[tuple[int, str]]) -> None:
    assert [(position, slot.text) for position, slot in telling(slots(query))] == kept


def _stands(slot: Slot, token: str) -> bool:
    return token.startswith(slot.text) if slot.prefix else token == slot.text


@given(
    st.text(alphabet="智谱的a4，- ", min_size=1, max_size=7),
    st.text(alphabet="智谱的a4，- \n", max_size=12),
    st.text(alphabet="智谱的a4，- \n", max_size=12),
)
@settings(max_examples=1500, deadline=None)
def test_what_tells_a_phrase_stands_where_the_phrase_does(query: str, before: str, after: str) -> None:
    wanted = slots(query)
    if not wanted:
        return
    tokens = analyse(fold(before + query + after)).tokens
    starts = range(len(tokens) - len(wanted) + 1)

    told = [at for at in starts if all(_stands(slot, tokens[at + step]) for step, slot in telling(wanted))]

    assert told == [at for at in starts if all(_stands(slot, tokens[at + step]) for step, slot in enumerate(wanted))]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("大模型", ((0, "大模型"),)),
        ("面壁智能", ((0, "面壁智"), (1, "壁智能"))),
        ("向港交所递交招股书", ((0, "向港交"), (3, "所递交"), (6, "招股书"))),
        ("智谱AI", ((0, "智谱"), (2, "ai"))),
        ("智谱 发布会", ((0, "智谱"), (2, SPACE), (3, "发布会"))),
        ("OpenAI GLM", ((0, "openai"), (1, "glm"))),
        ("AI芯片", None),
        ("AI芯", None),
    ],
)
def test_few_longer_tokens_tell_a_phrase(query: str, kept: tuple[tuple[int, str], ...] | None) -> None:
    assert trigrams(slots(query)) == kept


@given(
    st.text(alphabet="智谱的a4，- ", min_size=1, max_size=9),
    st.text(alphabet="智谱的a4，- \n", max_size=12),
    st.text(alphabet="智谱的a4，- \n", max_size=12),
)
@settings(max_examples=1500, deadline=None)
def test_longer_tokens_tell_a_phrase_where_it_stands(query: str, before: str, after: str) -> None:
    wanted = slots(query)
    told = trigrams(wanted) if wanted else None
    if told is None:
        return
    text = before + query + after
    tokens, longer = analyse(fold(text)).tokens, searchable_twice(text)[1].split(" ")

    starts = range(len(tokens) - len(wanted) + 1)
    assert [at for at in starts if all(longer[at + step] == token for step, token in told)] == [
        at for at in starts if all(_stands(slot, tokens[at + step]) for step, slot in enumerate(wanted))
    ]
