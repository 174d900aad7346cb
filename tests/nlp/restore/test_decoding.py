"""Trial decoding: whatever a page declares, and though a byte is lost, its own encoding is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.decoding import decode, python_codec

_METAS = {"no": "", "gbk": "<meta charset=gb2312>", "utf-8": "<meta charset='utf-8'>", "big5": "<meta charset=big5>"}
_EXPECTED = {"gbk": "gb18030", "utf-8": "utf-8", "big5": "big5hkscs"}


def _damaged(data: bytes, how: str) -> bytes:
    middle = len(data) * 2 // 3
    if how == "lost byte":
        return data[:middle] + data[middle + 1 :]
    if how == "bad byte":
        return data[:middle] + b"\xff" + data[middle + 1 :]
    return data


@pytest.mark.parametrize("how", ["whole", "lost byte", "bad byte"])
@pytest.mark.parametrize("meta", _METAS)
@pytest.mark.parametrize("encoding", _EXPECTED)
def test_reencoded_page_is_decoded_by_its_bytes(articles, machine, encoding, meta, how):
    title, paragraphs = articles["lamp"]
    text = f"<html><head>{_METAS[meta]}<title>{title}</title></head><body>{''.join(paragraphs)}</body></html>"
    if encoding == "big5":
        text = machine("").traditional(text)
    data = _damaged(text.encode(encoding, errors="ignore"), how)

    assert decode(data).encoding == _EXPECTED[encoding]


@pytest.mark.parametrize("header", [None, "utf-8", "gb2312", "latin-1", "nonsense"])
def test_header_is_evidence_and_not_truth(header):
    decoded = decode("青石镇的路灯去年换了新的控制器".encode("gbk"), header_charset=header)

    assert decoded.text == "青石镇的路灯去年换了新的控制器"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("人工知能の企業が新しいモデルを発表しました。東京で行われた会見で明らかになった。", "shift_jis"),
        ("인공지능 기업이 새로운 모델을 발표했습니다. 서울에서 열린 기자회견에서 밝혔다.", "euc-kr"),
        ("Le modèle a été présenté à Genève, où les ingénieurs préfèrent la sobriété.", "latin-1"),
    ],
)
def test_declared_encodings_of_other_languages(text, encoding):
    assert decode(text.encode(encoding), header_charset=encoding).text == text


def test_byte_order_mark_decides():
    assert decode("智谱".encode("utf-16")).text == "智谱"
    assert decode(b"\xef\xbb\xbf" + "智谱".encode()).text == "智谱"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_text_read_as_latin_1_before_is_turned_back(articles, encoding):
    text = "".join(articles["bridge"][1])
    twice = text.encode(encoding).decode("latin-1").encode()

    assert decode(twice).text == text


def test_text_made_of_replacement_characters_is_unrecoverable():
    destroyed = ("\ufffd" * 400 + "公司").encode().decode("gbk", errors="replace")

    assert decode(destroyed.encode()).unrecoverable


def test_text_about_lost_characters_is_not_unrecoverable(articles):
    text = "程序员常说的“锟斤拷”来自编码错误。" + "".join(articles["lamp"][1])

    assert not decode(text.encode()).unrecoverable


def test_unknown_charset_names_are_no_codec():
    assert python_codec("x-user-defined") is None
    assert python_codec("") is None


@given(st.binary(max_size=3000))
@settings(max_examples=120, deadline=None)
def test_decode_never_raises(data):
    assert isinstance(decode(data).text, str)
