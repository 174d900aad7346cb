"""Telling a protection's page from the page that was asked for. Challenges are reported, never solved."""

from __future__ import annotations

from crawler.charset import html_title

# Technical marks that stand in the script of a challenge and in no article.
_MARKS = (b"_waftokenid", b"__cf_chl", b"cf-browser-verification", b"acw_sc__v2", b"aliyun_waf_", b"_Incapsula_Resource",
          b"captcha-delivery.com", b"turing.captcha.qcloud.com")  # fmt: skip
_TITLES = frozenset(
    {"Just a moment...", "Attention Required! | Cloudflare", "安全验证", "访问验证", "人机验证", "滑动验证页面"}
)
# Challenges are short: an article that writes about one is not.
_LONGEST = 32 * 1024


def is_challenge(body: bytes) -> bool:
    if len(body) > _LONGEST or body.lstrip()[:1] != b"<":
        return False
    return any(mark in body for mark in _MARKS) or html_title(body) in _TITLES
