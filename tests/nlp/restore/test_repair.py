"""Repair of mirror pages: what the machine did is undone, what people wrote stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.repair.damage import Damage, diagnose
from nlp.repair.plan import replay
from nlp.repair.steps import repair
from nlp.script import simplify

_KEYS = "個們這來經對時會實現發說過為開動點業電網給間問學長見話關機無員當還進應變風領飛東數線預計際議論貨車輛頭題類顯願顧飯館驗髮"


@pytest.mark.parametrize("name", ["lamp", "bridge"])
def test_annotated_page_is_restored(articles, machine, name):
    text = "\n".join([articles[name][0], *articles[name][1]])
    shown = machine(_KEYS).annotated(text).split("\n")

    repaired = repair(shown)

    assert repaired.diagnosis.damage is Damage.ANNOTATED
    assert [simplify(line) for line in repaired.lines] == text.split("\n")


@pytest.mark.parametrize("name", ["lamp", "bridge"])
def test_page_with_notes_in_its_bytes_is_restored(articles, machine, name):
    text = "\n".join([articles[name][0], *articles[name][1]])
    shown = machine(_KEYS).shown(text).split("\n")

    assert [simplify(line) for line in repair(shown).lines] == text.split("\n")


def test_note_across_two_characters_is_found_by_its_reading():
    # 因 D2F2, 為 9EE9: F29E is 驗 (yàn), so the machine put its note inside 為.
    shown = ["這是一個(gè)難以預(yù)料的過程,因?yàn)樽兏锿\ue2be\ue2c5谀硞€(gè)時(shí)刻發(fā)生。"]

    assert repair(shown).lines == ("這是一個難以預料的過程,因為變革往往在某個時刻發生。",)


def test_lost_character_is_marked_and_not_guessed():
    # The given name's second byte went with "<": any character of a whole row may have stood there.
    shown = ["記者張?zhí)?/span>", "這個(gè)時(shí)候發(fā)現(xiàn)問題"]

    assert repair(shown).lines[0] == "記者張□"


@pytest.mark.parametrize(
    "line",
    [
        "可擴展(scaling)的特點",
        "檢索增強生成(RAG)領域",
        "人工智能(ai)與大模型(llm)",
        "發送到郵箱(ngbjxym),聯系客服(kefu)",
        "一月份亮相???或命名",
        "七十四勝之夢?馬刺再勝",
        "真的?!我不信",
    ],
)
def test_what_people_write_survives_on_a_damaged_page(line):
    damaged = "這(zhè)個(gè)問(wèn)題(tí)還(hái)沒有解決,專(zhuān)家們(men)認(rèn)為"

    assert repair([damaged, line, damaged]).lines[1] == line


@pytest.mark.parametrize(
    "line",
    [
        "“独”(dú)字的笔顺,读音为(dú)",
        "行(háng)业与行(xíng)为中的行字读音不同",
        "名(míng)花(huā)傾(qīng)國(guó)兩(liǎng)相(xiāng)歡(huān)",
        "大宛(yuān)国盛产好马,单于(chán yú)遣使来朝",
        "北京时间10时(UTC)英伟达(NVDA)股价上涨",
        "臺積電(TSMC)今天公布財報,營收創新高",
        "什么?yes)这是括号",
    ],
)
def test_teaching_and_clean_text_stays_as_it_is(line):
    repaired = repair([line])

    assert repaired.lines == (line,)
    assert not repaired.diagnosis.is_mirror


def test_notes_after_random_characters_go_on_such_pages_only(articles):
    from pypinyin import Style, pinyin

    text = "".join(articles["bridge"][1])
    noted = "".join(
        f"{character}({pinyin(character, style=Style.TONE)[0][0]})"
        if number % 6 == 0 and character >= "\u4e00"
        else character
        for number, character in enumerate(text)
    )

    assert repair([noted]).lines == (text,)


def test_half_width_punctuation_of_a_folded_mirror_is_widened_outside_numbers():
    line = "這(zhè)個(gè)數(shù)字是1,234,但時(shí)間是12:30,大家都說(shuō):好。"

    assert repair([line] * 5).lines[0] == "這個數字是1,234，但時間是12:30，大家都說：好。"


def test_invisible_characters_inside_chinese_go_and_emoji_sequences_stay():
    assert repair(["微\u200b信公众\u2060号"]).lines == ("微信公众号",)
    assert repair(["一家人👨\u200d👩\u200d👧出门"]).lines == ("一家人👨\u200d👩\u200d👧出门",)


_MIXED = st.text(alphabet="因?yàn)樽兏锿€(gè)個這來說發?!；，（）(lái)dú的是ABC123 \ufffd\ue2be", max_size=60)


@given(st.lists(_MIXED, max_size=6))
@settings(max_examples=150, deadline=None)
def test_recorded_repairs_replay(lines):
    repaired = repair(lines)

    assert replay(lines, repaired.repairs) == repaired.lines
    assert len(repaired.lines) == len(lines)


_CLEAN = st.text(alphabet="的一是在不了有和人这中大为上个国公司模型，。！？：“”（）()0123456789ABC ,.?!-", max_size=80)


@given(st.lists(_CLEAN, max_size=6))
@settings(max_examples=150, deadline=None)
def test_clean_text_is_unchanged(lines):
    assert repair(lines).lines == tuple(lines)


def test_replay_refuses_other_lines(machine, articles):
    shown = machine(_KEYS).annotated(articles["lamp"][1][0]).split("\n")

    with pytest.raises(ValueError, match="line 0, offset"):
        replay(["别的文字"], repair(shown).repairs)


def test_diagnosis_gives_its_evidence():
    evidence = diagnose(["產(chǎn)業(yè)協(xié)會(huì)"]).evidence

    assert evidence[0].startswith("4 notes read the traditional character")


def _keys_across_characters(text: str) -> str:
    """Traditional characters whose two bytes occur across two characters of `text`."""
    from nlp.repair.gbk import character_of
    from nlp.repair.readings import is_dictionary_reading
    from nlp.script import is_traditional

    from pypinyin import Style, pinyin  # isort: skip

    data = text.encode("gb18030")
    pairs = [character_of(first, second) for first, second in zip(data[1::2], data[2::2], strict=False) if first > 0x80]
    keys = [key for key in pairs if key and is_traditional(key)]
    return "".join(
        dict.fromkeys(key for key in keys if is_dictionary_reading(key, pinyin(key, style=Style.TONE)[0][0]))
    )


@pytest.mark.parametrize("name", ["lamp", "bridge"])
def test_pages_with_many_shifts_come_back_nearly_whole(articles, machine, name):
    from rapidfuzz.distance import Levenshtein

    text = "\n".join(articles[name][1])
    shown = machine(_keys_across_characters(machine("").traditional(text).replace("\n", "")) + _KEYS).shown(text)
    assert shown.count("?") > text.count("?") + 2  # the machine did shift something

    restored = "\n".join(simplify(line) for line in repair(shown.split("\n")).lines)

    assert Levenshtein.distance(restored, text) / len(text) < 0.02
