"""PDF pages: text by paragraph, or the reason why there is none."""

from __future__ import annotations

import io

import pytest

from nlp.pdf import join_lines, read_pdf
from nlp.records import DropReason
from nlp.stages import NotRestored, Restored


def _pdf(pages: list[list[str]]) -> bytes:
    """A PDF written by hand: Helvetica, one printed line a line, no tool in between."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        text = "BT /F1 11 Tf 14 TL 60 780 Td " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
        objects.append(f"<< /Length {len(text)} >>\nstream\n{text}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(f"{number} 0 obj\n{content}\nendobj\n".encode())
    start = out.tell()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    out.write(
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    )
    return out.getvalue()


_LINES = [
    "The company has filed an application for the listing of its shares on the",
    "exchange, and expects that the hearing will take place before the end of the",
    "year. The proceeds will be used for research.",
    "Risk factors",
    "The company has a history of losses and may not become profitable in the years",
    "that follow its listing on the exchange.",
]


def test_printed_lines_become_paragraphs():
    text = read_pdf(_pdf([_LINES])).text

    assert text.split("\n") == [" ".join(_LINES[:3]), "Risk factors", " ".join(_LINES[4:])]


def test_running_heads_and_page_numbers_go():
    pages = [["APPLICATION PROOF", *_LINES, f"- {number} -"] for number in range(1, 7)]

    text = read_pdf(_pdf(pages)).text

    assert "APPLICATION PROOF" not in text
    assert "- 3 -" not in text


def test_chinese_lines_are_joined_without_a_space():
    lines = [
        "公司已向交易所递交上市申请，预计聆讯将在年底之前举",
        "行，所得款项将用于研发新一代模型以及扩建数据中心。",
        "风险因素",
    ]

    assert join_lines(lines) == ["".join(lines[:2]), "风险因素"]


def test_pdf_is_restored_as_an_article(restorer, make_page):
    result = restorer.restore(
        make_page(_pdf([_LINES]), content_type="application/pdf", hints={"title": "Listing application"})
    )

    assert isinstance(result, Restored)
    assert result.title == "Listing application"
    assert result.text.startswith("The company has filed an application")
    assert result.language == "en"


def test_pdf_of_pictures_is_scanned(restorer, make_page):
    result = restorer.restore(make_page(_pdf([[], []]), content_type="application/pdf"))

    assert isinstance(result, NotRestored)
    assert result.dropped.reason is DropReason.SCANNED_PDF
    assert "2 pages" in result.dropped.detail


@pytest.mark.parametrize("cut", [10, 200, 600])
def test_truncated_pdf_is_broken_or_read(restorer, make_page, cut):
    result = restorer.restore(make_page(_pdf([_LINES])[:cut], content_type="application/pdf"))

    assert isinstance(result, NotRestored)
    assert result.dropped.reason in {DropReason.BROKEN_PDF, DropReason.SCANNED_PDF}
