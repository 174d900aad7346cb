"""The forward model against what real mirrors were seen to do (shared facts, mirror-corruption, "The machine")."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cli.demo.mirror import (
    Machine,
    Related,
    annotate,
    choose_keys,
    decode_windows,
    encode_windows,
    make_mirror,
    mirror_html,
    mirror_text,
    reading,
    to_traditional,
)
from cli.demo.stories import MINIMAX_FILING, ZHIPU_NUMBERS


@pytest.mark.parametrize(
    ("true", "keys", "seen"),
    [
        pytest.param(
            "因为变革往往在某个",
            "驗個",
            "因?yàn)樽兏锿\ue2be\ue2c5谀硞€(gè)",
            id="resync at byte 80, two private pairs",
        ),
        pytest.param("因为大量成本花费", "驗費", "因?yàn)榇罅砍杀净ㄙM(fèi)", id="resync at a letter"),
        pytest.param("规模化扩展", "規擴", "規(guī)?;瘮U(kuò)展", id="semicolon across two characters"),
        pytest.param("晚点。《晚点LatePost", "點", "晚點(diǎn)?!锻睃c(diǎn)LatePost", id="exclamation mark across two"),
        pytest.param("或在亮相？？？梦？马刺", "", "或在亮相???夢?馬刺", id="genuine question marks"),
        pytest.param("张天", "執", "張?zhí)", id="the eaten given name"),
        pytest.param("智谱发布GLM-4.5", "智譜", "智(zhì)譜(pǔ)發布GLM-4.5", id="aligned only"),
    ],
)
def test_machine_does_what_mirrors_were_seen_to_do(true: str, keys: str, seen: str) -> None:
    assert Machine(keys=tuple(keys)).run(true) == seen


def test_full_width_punctuation_stays_unless_a_corpus_folds_it() -> None:
    machine = Machine(keys=("規", "擴"), ascii_punctuation=False)

    assert machine.run("规模化扩展，好") == "規(guī)?；瘮U(kuò)展，好"


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("着陕苟净台", "著陜茍凈臺"),  # where the machine's table differs from OpenCC's
        ("皇后游里云", "皇后游里云"),  # good traditional characters are left alone, even when the word wants another
        ("头发发现", "頭發發現"),  # no phrases: hair becomes the emitting kind
    ],
)
def test_conversion_is_by_character(simplified: str, traditional: str) -> None:
    assert to_traditional(simplified) == traditional


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("80", "€"),
        ("F9CD", "\ue2be"),
        ("AAA1", "\ue000"),
        ("F8A1", "\ue234"),
        ("A140", "\ue4c6"),
        ("9E2879", "?y"),
        ("D2F29E", "因"),
        ("FE3C", "?"),
    ],
)
def test_bytes_decode_the_windows_way(data: str, text: str) -> None:
    assert decode_windows(bytes.fromhex(data)) == text


def test_keys_are_replaced_one_after_the_other_in_bytes() -> None:
    data = annotate(encode_windows("因為"), keys=("驗",))

    assert data == b"\xd2\xf2\x9e(y\xa8\xa4n)\xe9"


def test_reading_does_not_look_at_the_word() -> None:
    assert (reading("長"), reading("行")) == ("zhǎng", "xíng")


@given(data=st.binary(max_size=200))
@hypothesis_settings(deadline=None, max_examples=100)
def test_any_bytes_decode(data: bytes) -> None:
    assert len(decode_windows(data)) <= len(data)


@given(text=st.text(max_size=80), keys=st.lists(st.sampled_from("驗個費擴點規智譜買們這說時"), unique=True))
@hypothesis_settings(deadline=None, max_examples=100)
def test_any_text_runs_through_the_machine(text: str, keys: list[str]) -> None:
    Machine(keys=tuple(keys)).run(text)


@given(text=st.text(alphabet=st.characters(codec="gb2312"), max_size=80))
@hypothesis_settings(deadline=None, max_examples=60)
def test_code_page_round_trips_without_keys(text: str) -> None:
    assert decode_windows(encode_windows(text)) == text


def test_same_seed_same_page_and_another_seed_another_one() -> None:
    pages = [mirror_text(make_mirror(ZHIPU_NUMBERS, seed=seed)) for seed in (1, 1, 2)]

    assert pages[0] == pages[1]
    assert pages[0] != pages[2]


def test_keys_are_a_quarter_of_what_stands_there_and_some_shift_bytes() -> None:
    text = " ".join(MINIMAX_FILING.paragraphs)
    everything = choose_keys(text, seed=5, share=1.0)
    quarter = choose_keys(text, seed=5)
    visible = set(to_traditional(text))

    assert len(quarter) == round(len(everything) / 4)
    assert set(everything) > set(quarter)
    assert any(key not in visible for key in everything)  # stands only across two characters


def test_text_without_chinese_has_no_keys() -> None:
    assert choose_keys("GLM-4.5", seed=1) == ()


def test_page_carries_header_in_simplified_and_chrome_in_traditional() -> None:
    related = Related(title="体育要闻", outlet="示例体育", printed_time="2025-12-19 10:00:00")
    text = mirror_text(make_mirror(ZHIPU_NUMBERS, seed=3, related=[related]))
    first, *rest = text.splitlines()

    assert "|" in first
    assert first == first.translate({ord("國"): "国"})
    assert "2025-12-19 21:10:00" in rest
    assert "2025-12-19 10:00:00" in rest
    assert any("示例文本" in line or "示例文" in line for line in rest)


def test_html_page_escapes_what_the_story_says() -> None:
    story = replace(ZHIPU_NUMBERS, title="<script>alert(1)</script>", paragraphs=("甲 & 乙 <b>",))
    page = mirror_html(make_mirror(story, seed=1))

    assert "<script>" not in page
    assert "甲 &amp; 乙 &lt;b&gt;" in page
