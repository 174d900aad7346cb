"""Bytes to text by trial: what a page says about its encoding is evidence, what its bytes decode to decides.

1. A byte order mark, or bytes that are valid UTF-8 with something beyond ASCII, settle it.
2. UTF-8 with a few broken bytes among many whole sequences stays UTF-8: one lost byte must not turn a page into
   thousands of rare hanzi, which is what gb18030 makes of any byte string.
3. Otherwise every candidate is decoded and scored: how much of the text beyond ASCII is everyday writing of some
   language, minus what did not decode. Declarations (HTTP header, meta) and the detector break near ties only,
   because mirrors and old sites declare what they like.
4. gb2312 and gbk are read as gb18030 and big5 as big5hkscs: pages use characters that their declaration lacks.
5. Text that was decoded wrongly once before it was saved (UTF-8 or GBK read as Latin-1) is turned back where the
   result is everyday Chinese; 锟斤拷 (GBK made from U+FFFD) is lost for good and said so.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

# The most frequent characters of Chinese news, simplified, then the traditional forms of those that differ. Their share is
# 50 to 70 % of any Chinese text and below 10 % of text decoded with the wrong table (measured on re-encoded prose).
_FREQUENT = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学"
    "法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日"
    "那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并"
    "提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决"
    "西被干做必战先回则任取据处理世车网"
    "這為個國時來們於對會發動過說產種後學經進著電裡實現與關數變條沒結問無系軍種應開還當點從業兩體機義間樣線內質氣題黨員總設長頭資邊級"
    "圖統較將組見計別論運農幾區強決戰則據處車網"
    "，。、；：！？“”（）《》「」"
)
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL_FREQUENT = frozenset("이다는의에을를가은고한하지로기도사서인대자해그시리어나라정일있들과장부보전수제으스아비")
# An accented letter stands among plain ones; GBK read as Latin-1 is accented letters only.
_ACCENTED = re.compile("(?<=[A-Za-z])[\u00c0-\u024f]|[\u00c0-\u024f](?=[A-Za-z])")
_OTHER_ALPHABETS = re.compile("[\u0370-\u03ff\u0400-\u04ff\u0590-\u06ff\u0e00-\u0e7f]")
_NEVER = re.compile("[\u0080-\u009f\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")  # C1 controls, private use, lost
_CJK = re.compile("[\u3400-\u9fff]")

_ALIASES = {
    "gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "hz-gb-2312": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "cp950": "big5hkscs", "x-x-big5": "big5hkscs",
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "utf8": "utf-8",
}  # fmt: skip
_SNIFFED_BYTES = 1024  # how much of a page browsers search for a meta declaration
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WHOLE_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_TRIAL_BYTES = 200_000  # scoring needs no more; decoding takes all
_DETECTOR_BYTES = 30_000  # behind the first byte beyond ASCII

# 锟斤拷 and its relatives: what GBK shows for EF BF BD repeated.
_LOST_PHRASES = re.compile("锟斤拷|锟斤|斤拷|\ufffd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """`lost` counts characters that are gone for good; `unrecoverable`: so many that what is left says nothing."""

    text: str
    encoding: str
    evidence: tuple[str, ...]
    lost: int = 0
    unrecoverable: bool = False


@dataclass(frozen=True, slots=True)
class _Claim:
    encoding: str
    where: str


def decode(body: bytes, *, header_charset: str | None = None) -> Decoded:
    """`body` as text. Never raises: some candidate always decodes, with U+FFFD where bytes were broken."""
    claims = _claims(body, header_charset)
    evidence = [f"{claim.where} says {claim.encoding}" for claim in claims]
    encoding, why = _choose(body, claims)
    text = body.decode(encoding, errors="replace")
    evidence.append(why)
    turned = _undo_double_decoding(text)
    if turned is not None:
        text, how = turned
        evidence.append(how)
    lost = len(_LOST_PHRASES.findall(text))
    return Decoded(
        text=text, encoding=encoding, evidence=tuple(evidence), lost=lost, unrecoverable=_is_unrecoverable(text, lost)
    )


def is_frequent(character: str) -> bool:
    """Is it one of the most frequent characters of Chinese text, in either script?"""
    return character in _FREQUENT


def python_codec(name: str | None) -> str | None:
    """The Python codec for a declared charset, None for one that does not exist or is no text encoding.

    >>> python_codec("GB2312"), python_codec("utf8"), python_codec("rot13"), python_codec("none")
    ('gb18030', 'utf-8', None, None)
    """
    if not name:
        return None
    label = name.strip().strip("\"'").lower()
    label = _ALIASES.get(label, label)
    try:
        info = codecs.lookup(label)
        b"ab".decode(label)  # raises LookupError for rot13 and others that make no text
    except (LookupError, ValueError):
        return None
    return _ALIASES.get(info.name, info.name)


def _claims(body: bytes, header_charset: str | None) -> list[_Claim]:
    head = body[: _SNIFFED_BYTES * 4]
    said = [(header_charset, "HTTP header")]
    for pattern, where in ((_XML, "XML declaration"), (_META, "meta")):
        found = pattern.search(head)
        said.append((found.group(1).decode("ascii") if found else None, where))
    return [_Claim(codec, where) for name, where in said if (codec := python_codec(name))]


def _choose(body: bytes, claims: list[_Claim]) -> tuple[str, str]:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return encoding, f"byte order mark of {encoding}"
    if body.isascii():
        return "utf-8", "nothing beyond ASCII"
    if _is_valid_utf8(body):
        return "utf-8", "valid UTF-8"
    high = len(_BEYOND_ASCII.findall(body))
    whole = _WHOLE_UTF8.findall(body)
    broken = high - sum(map(len, whole))
    # Lead and trail bytes of GBK match the UTF-8 pattern by chance at most every fourth time.
    if len(whole) >= 4 and broken <= 0.1 * high:
        return "utf-8", f"UTF-8 with {broken} broken bytes beside {len(whole)} whole sequences"
    return _best_by_trial(body[:_TRIAL_BYTES], claims)


def _is_valid_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _best_by_trial(sample: bytes, claims: list[_Claim]) -> tuple[str, str]:
    detected = _detect(sample)
    said = {claim.encoding for claim in claims}
    candidates = ["gb18030", "big5hkscs", "utf-8", *said, *([detected] if detected else []), "cp1252"]
    stretches = [piece for run in _HIGH_RUN.findall(sample) for piece in _pieces(run)]
    stretches = stretches[:: 1 + len(stretches) // _TRIED_STRETCHES]
    scores: dict[str, float] = {}
    for encoding in dict.fromkeys(candidates):
        # 0.04: less than what separates right from wrong on a sentence, enough to settle a page of two words.
        prior = 0.04 * (encoding in said) + 0.02 * (encoding == detected)
        scores[encoding] = _trial(sample, stretches, encoding) + prior
    best = max(scores, key=lambda encoding: scores[encoding])
    table = ", ".join(f"{name} {score:.2f}" for name, score in sorted(scores.items(), key=lambda item: -item[1]))
    return best, f"trial decoding: {table}" + (f"; detector says {detected}" if detected else "")


def _detect(sample: bytes) -> str | None:
    from resiliparse.parse.encoding import detect_encoding

    found = _BEYOND_ASCII.search(sample)
    start = found.start() if found else 0
    return python_codec(detect_encoding(sample[start : start + _DETECTOR_BYTES], max_len=_DETECTOR_BYTES))


def _trial(sample: bytes, stretches: list[bytes], encoding: str) -> float:
    """The plausibility of `sample` in `encoding`. In a table of two bytes a character, one lost byte shifts all up to the
    next ASCII character: each stretch is read at both offsets and the better reading counts."""
    if encoding not in _TWO_BYTE:
        return plausibility(sample.decode(encoding, errors="replace")[:20_000])
    total = sum(map(len, stretches))
    if not total:
        return 0.0
    best = 0.0
    for stretch in stretches:
        readings = (stretch.decode(encoding, errors="replace"), stretch[1:].decode(encoding, errors="replace"))
        best += len(stretch) * max(map(plausibility, readings))
    return best / total


_TRIED_STRETCHES = 150  # spread over the page; more changes no decision
_TWO_BYTE = frozenset({"gb18030", "big5hkscs", "cp932", "cp949", "euc_jp", "johab"})
_HIGH_RUN = re.compile(rb"(?:[\x80-\xff]+[\x40-\x7e]?)+")


def _pieces(run: bytes) -> list[bytes]:
    return [run[at : at + 24] for at in range(0, len(run), 24)]


def plausibility(text: str) -> float:
    """How much of `text` beyond ASCII is everyday writing: about .4 to 1 decoded rightly, below .2 decoded wrongly.

    >>> plausibility("人工智能公司发布新的模型") > 0.3 > plausibility("人工智能公司发布新的模型".encode("gbk").decode("big5hkscs", "replace"))
    True
    """
    beyond = [character for character in text if character > "\x7f"]
    if not beyond:
        return 0.0
    frequent = sum(character in _FREQUENT for character in beyond)
    hangul = 2 * sum(character in _HANGUL_FREQUENT for character in beyond)
    kana = 1.5 * len(_KANA.findall(text))
    letters = 0.8 * (len(_ACCENTED.findall(text)) + len(_OTHER_ALPHABETS.findall(text)))
    never = len(_NEVER.findall(text))
    return (max(hangul, letters, frequent + kana) - 2 * never) / len(beyond)


def _undo_double_decoding(text: str) -> tuple[str, str] | None:
    """Text that was Chinese before somebody read its bytes as Latin-1 and saved that; None where it was not."""
    sample = text[:20_000]
    accented = len(
        re.findall("[\u0080-\u00ff\u0152\u0160\u0178\u017d\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]", sample)
    )
    if accented < 12 or accented < 4 * len(_CJK.findall(sample)):
        return None
    # A character has four bytes at most, so this many hold the beginning that decides.
    beginning = _as_bytes(text[: 4 * 20_000])
    before = plausibility(sample)
    for encoding in ("utf-8", "gb18030"):
        turned = beginning.decode(encoding, errors="replace")[:20_000]
        if len(_CJK.findall(turned)) * 6 >= accented and plausibility(turned) > max(0.3, before + 0.1):
            whole = _as_bytes(text).decode(encoding, errors="replace")
            return whole, f"was {encoding} read as Latin-1 once: turned back"
    return None


def _as_bytes(text: str) -> bytes:
    """The bytes that were read as Latin-1 or cp1252; "?" for characters that neither has."""
    return text.translate(_CP1252_BYTES).encode("latin-1", "replace")


def _cp1252_bytes() -> dict[int, str]:
    table = {}
    for byte in range(0x80, 0xA0):
        character = bytes([byte]).decode("cp1252", errors="ignore")
        if character:
            table[ord(character)] = chr(byte)
    return table


_CP1252_BYTES = _cp1252_bytes()


def _is_unrecoverable(text: str, lost_places: int) -> bool:
    if lost_places < 4:
        return False
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    lost = sum(len(found.group()) for found in _LOST_PHRASES.finditer(text))
    # A fifth of the writing: a page about 锟斤拷 quotes it, a destroyed page consists of it.
    return lost >= 12 and lost > 0.2 * beyond
