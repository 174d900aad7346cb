"""Write the sample filing config/samples/lantu-hearing.pdf again: python tests/demo/make_filing_pdf.py PATH

The text is our own; 澜图科技 and its numbers are invented. The font is one of Adobe's named CJK fonts, which a PDF refers
to without containing it, so the file stays small and no font's licence travels with it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

TITLE = "澜图科技股份有限公司聆讯后资料集"
NOTICE = "示例文件：本文件由智闻项目编写，公司及数字均为虚构，不构成任何要约或投资建议。"
SECTIONS = (
    ("警告", "香港联合交易所有限公司及证券及期货事务监察委员会对本聆讯后资料集的内容概不负责。"
             "本文件为草拟本，所载资料并不完整，并可能作出重大变动。"),
    ("概要", "澜图科技股份有限公司（“本公司”）是一家多模态人工智能公司，主要从事图像及视频生成模型的研发和商业化。"
             "于2025年12月19日，本公司通过港交所上市聆讯。"),
    ("财务资料", "截至2022年、2023年及2024年12月31日止年度，本公司的收入分别为人民币0.9亿元、2.1亿元及3.8亿元；"
                 "截至2025年6月30日止六个月的收入为人民币2.6亿元，较2024年同期增长78.4%。"
                 "2024年度，本公司的毛利率为61.3%，年内亏损为人民币2.2亿元，研发开支为人民币3.1亿元。"),
    ("业务", "截至2025年6月30日，本公司的产品月活跃用户超过900万，付费用户约42万。"
             "来自海外市场的收入占总收入的29.6%。五大客户合计占总收入的18.2%。"),
    ("所得款项用途", "本公司拟将所得款项净额的约55%用于模型研发，约25%用于建设推理机房，约20%用作营运资金及一般企业用途。"),
)  # fmt: skip


def write_filing(path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    body = ParagraphStyle("body", fontName="STSong-Light", fontSize=11, leading=19, wordWrap="CJK")
    head = ParagraphStyle("head", parent=body, fontSize=13, spaceBefore=10, spaceAfter=4)
    title = ParagraphStyle("title", parent=body, fontSize=18, leading=28, alignment=TA_CENTER)
    story = [Paragraph(TITLE, title), Spacer(1, 14), Paragraph("2025年12月19日", body), Paragraph(NOTICE, body)]
    for name, text in SECTIONS:
        story += [Paragraph(name, head), Paragraph(text, body)]
    # invariant: the same bytes every time, so that running this again is no change in git
    document = SimpleDocTemplate(str(path), pagesize=A4, title=TITLE, author="澜图科技股份有限公司", invariant=1)
    document.build(story)


if __name__ == "__main__":
    write_filing(Path(sys.argv[1]))
