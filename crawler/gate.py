"""Whether a source may be crawled at all, before the first request."""

from __future__ import annotations

import re

from crawler.sources import FolderSource, Source

_CONTACT = re.compile(r"(?:https?://|[\w.+-]+@)([\w-]+(?:\.[\w-]+)+)")
# Reserved for documentation (RFC 2606): what stands in examples is nobody's address.
_PLACEHOLDER = re.compile(r"(?:^|\.)(?:example\.(?:com|net|org)|example|invalid|test)$")


def refusal(source: Source, *, user_agent: str) -> str | None:
    """Why `source` may not be crawled, with what to do about it; None where it may."""
    if source.status == "ack" and not source.terms_acknowledged:
        return (
            "its terms restrict automated access: read them, get permission where they ask for it, "
            f"then set terms_acknowledged: true in {source.id}.yaml"
        )
    if not isinstance(source, FolderSource) and source.needs_contact and not has_contact(user_agent):
        return (
            f"it wants to know whom to ask about a crawler, and the user agent {user_agent!r} names nobody: "
            "set the operator's e-mail or web address in the settings"
        )
    return None


def has_contact(user_agent: str) -> bool:
    """Whether an e-mail or web address stands in it that is not a placeholder.

    >>> has_contact("zhiwen/0.1 (+mailto:ops@zhiwen.cn)"), has_contact("zhiwen/0.1 (+ops@example.com)")
    (True, False)
    """
    return any(not _PLACEHOLDER.search(host.lower()) for host in _CONTACT.findall(user_agent))


def product_of(user_agent: str) -> str:
    """The name robots.txt files know us by: the user agent up to its version."""
    return re.split(r"[/\s(]", user_agent.strip(), maxsplit=1)[0] or "zhiwen"
