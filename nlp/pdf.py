"""The text of a PDF, paragraph by paragraph: filings come as PDF, with a line break at the end of every printed line."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_PAGES = 600  # prospectuses have 300 to 500
_PAGE_NUMBER = re.compile(r"\s*[-–—]?\s*(?:第\s*)?[\divxlc]{1,4}(?:\s*/\s*\d+)?(?:\s*页)?\s*[-–—]?\s*")
_CJK = re.compile("[\u2e80-\u9fff\uff00-\uffef]")
_ENDS = re.compile("[。！？；：.!?:;]['”’」』）)]*$")
_BEGINS = re.compile(
    r"^(?:第?[一二三四五六七八九十\d]+[、.．)）章节]|[（(][一二三四五六七八九十\d]{1,3}[)）]|[•●■◆]|\u3000{2}| {4})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfText:
    """`problem` is "broken" or "scanned" where there is no text to use; `detail` says what was found."""

    text: str = ""
    title: str = ""
    pages: int = 0
    problem: str | None = None
    detail: str = ""


def read_pdf(body: bytes) -> PdfText:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        return PdfText(problem="broken", detail=f"the PDF cannot be opened: {error}")
    try:
        return _read(document)
    except pypdfium2.PdfiumError as error:
        return PdfText(problem="broken", detail=f"the PDF cannot be read: {error}")
    finally:
        document.close()


def _read(document: object) -> PdfText:
    from pypdfium2 import PdfDocument

    assert isinstance(document, PdfDocument)
    count = len(document)
    pages = []
    for number in range(min(count, MAX_PAGES)):
        page = document[number]
        text_page = page.get_textpage()
        pages.append(text_page.get_text_bounded().replace("\r\n", "\n").replace("\r", "\n"))
        text_page.close()
        page.close()
    characters = sum(len("".join(text.split())) for text in pages)
    if not characters:
        return PdfText(pages=count, problem="scanned", detail=f"{count} pages, no text layer")
    title = str(document.get_metadata_value("Title") or "").strip()
    return PdfText(text="\n".join(join_lines(_without_frames(pages))), title=title, pages=count)


def _without_frames(pages: list[str]) -> list[str]:
    """The printed lines of all pages without page numbers and the lines that head or foot most of them."""
    split = [[line.strip(" \t\ufffe\x02") for line in text.split("\n") if line.strip()] for text in pages]
    edges: dict[str, int] = {}
    for lines in split:
        for line in {*lines[:2], *lines[-2:]}:
            edges[re.sub(r"\d+", "#", line)] = edges.get(re.sub(r"\d+", "#", line), 0) + 1
    kept = []
    for lines in split:
        for place, line in enumerate(lines):
            edge = place < 2 or place >= len(lines) - 2
            repeated = edge and len(split) >= 4 and edges[re.sub(r"\d+", "#", line)] > len(split) / 2
            if not repeated and not (edge and _PAGE_NUMBER.fullmatch(line)):
                kept.append(line)
    return kept


def join_lines(lines: list[str]) -> list[str]:
    """Printed lines joined to paragraphs: a line that fills the column and ends no sentence goes on in the next one.

    >>> join_lines(["智谱在招股书中披露，公司二零二四年的收", "入为三亿元。", "风险因素"])
    ['智谱在招股书中披露，公司二零二四年的收入为三亿元。', '风险因素']
    """
    widths = sorted(len(line) for line in lines)
    full = 0.75 * widths[int(0.9 * (len(widths) - 1))] if widths else 0
    joined: list[str] = []
    open_ = False
    for line in lines:
        if open_ and joined and not _BEGINS.match(line):
            joined[-1] = _join(joined[-1], line)
        else:
            joined.append(line)
        open_ = len(line) >= full and not _ENDS.search(line)
    return joined


def _join(first: str, second: str) -> str:
    if _CJK.match(first[-1:]) or _CJK.match(second[:1]):
        return first + second
    if first.endswith("-") and second[:1].islower():
        return first[:-1] + second
    return f"{first} {second}"
