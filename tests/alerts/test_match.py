from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from alerts.match import match_new
from alerts.memory import MemoryLedger
from alerts.ruleset import RuleSet
from zhiwen.errors import QueryError


@pytest.fixture
def rules(make_rule) -> RuleSet:
    return RuleSet([make_rule("hearings", query="聆讯"), make_rule("funding", query="融资")])


def test_every_new_version_is_matched_once(ledger, make_feed, make_stored, rules) -> None:
    feed = make_feed(make_stored(1), make_stored(2, text="无关。", title="无关"), make_stored(3, text="聆讯后融资。"))

    report = match_new(ledger, feed, rules, batch=2)

    assert (report.versions, report.alerts, report.position) == (3, 3, 3)
    assert {(alert.rule, alert.seq) for alert in ledger.alerts(limit=9)} == {
        ("hearings", 1), ("hearings", 3), ("funding", 3),
    }  # fmt: skip
    assert match_new(ledger, feed, rules) == replace(report, versions=0, alerts=0)


def test_second_version_does_not_alert_again(ledger, make_feed, make_stored, rules) -> None:
    feed = make_feed(make_stored(1, id="a"), make_stored(2, id="a", version=2, text="更正：聆讯。"))

    assert match_new(ledger, feed, rules, batch=1).alerts == 1
    assert [alert.version for alert in ledger.alerts(limit=9)] == [1]


def test_version_that_meets_a_rule_for_the_first_time_alerts(ledger, make_feed, make_stored, rules) -> None:
    feed = make_feed(make_stored(1, id="a", text="无关。", title="无关"), make_stored(2, id="a", version=2))

    match_new(ledger, feed, rules)

    assert [(alert.rule, alert.version) for alert in ledger.alerts(limit=9)] == [("hearings", 2)]


def test_both_versions_in_one_batch_alert_once(ledger, make_feed, make_stored, rules) -> None:
    feed = make_feed(make_stored(1, id="a"), make_stored(2, id="a", version=2))

    assert match_new(ledger, feed, rules, batch=10).alerts == 1
    assert ledger.pending() == {"inbox": 1}


def test_late_article_with_an_old_date_alerts(ledger, make_feed, make_stored, rules, now) -> None:
    """A page found a year after it was published, when newer ones have long been matched."""
    feed = make_feed(make_stored(1, published_at=now))
    match_new(ledger, feed, rules)
    feed.versions.append(make_stored(2, published_at=now - timedelta(days=365)))

    assert match_new(ledger, feed, rules).alerts == 1


def test_new_rule_looks_forward_only(ledger, make_feed, make_stored, make_rule, rules) -> None:
    """Saving a rule must not send the archive; `backtest` shows what it would have found."""
    feed = make_feed(make_stored(1))
    match_new(ledger, feed, rules)
    feed.versions.append(make_stored(2))
    match_new(ledger, feed, RuleSet([*rules, make_rule("new", query="岚图")]))

    assert [alert.seq for alert in ledger.alerts(limit=9, rule="new")] == [2]


def test_faster_matcher_leaves_nothing_to_do_and_nothing_doubled(ledger, make_feed, make_stored, rules) -> None:
    """The other one comes in between reading the batch and recording it."""
    versions = [make_stored(seq) for seq in range(1, 6)]

    class Overtaken(make_feed):
        def since(self, seq, limit):
            found = super().since(seq, limit)
            if seq == 0:
                match_new(ledger, make_feed(*versions[:3]), rules, batch=3)
            return found

    report = match_new(ledger, Overtaken(*versions), rules, batch=4)

    assert (report.alerts, report.position) == (2, 5)
    assert sorted(alert.seq for alert in ledger.alerts(limit=99)) == [1, 2, 3, 4, 5]
    assert ledger.pending() == {"inbox": 5}


def test_rule_that_raises_holds_up_no_other(ledger, make_feed, make_stored, make_rule, caplog) -> None:
    def trips(article):
        raise QueryError("cannot", column=1) if article.title == "bad" else RecursionError

    broken = replace(make_rule("broken", query="x"), matcher=trips)
    report = match_new(ledger, make_feed(make_stored(1)), RuleSet([broken, make_rule("sound", query="聆讯")]))

    assert report.alerts == 1
    assert [(problem.rule, problem.article_id) for problem in report.problems] == [("broken", "article1")]
    assert [str(problem) for problem in report.problems] == [
        "rule 'broken' failed on article article1: RecursionError(); the others were matched"
    ]
    assert "RecursionError" in caplog.text


def test_stop_ends_between_batches(ledger, make_feed, make_stored, rules) -> None:
    stop = Event()

    class Stopping(make_feed):
        def since(self, seq, limit):
            stop.set()
            return super().since(seq, limit)

    report = match_new(ledger, Stopping(make_stored(1), make_stored(2)), rules, batch=1, stop=stop)

    assert (report.versions, ledger.position()) == (1, 1)


def test_failing_ledger_moves_nothing(make_feed, make_stored, rules) -> None:
    """Alerts that could not be kept are found again by the next call."""

    class Full(MemoryLedger):
        full = True

        def record(self, alerts, *, after, position):
            if self.full:
                raise OSError("disk full")
            return super().record(alerts, after=after, position=position)

    ledger, feed = Full(), make_feed(make_stored(1))
    with pytest.raises(OSError, match="disk full"):
        match_new(ledger, feed, rules)
    ledger.full = False

    assert match_new(ledger, feed, rules).alerts == 1
