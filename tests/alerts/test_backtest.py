from alerts.backtest import backtest


def test_counts_articles_that_would_have_fired_and_shows_them(make_rule, make_stored, now) -> None:
    articles = [make_stored(seq, title=f"聆讯 {seq}") for seq in (1, 2, 3)] + [make_stored(4, title="x", text="无关。")]
    result = backtest(iter(articles), [make_rule(query="聆讯"), make_rule("none", query="没有")], now=now)

    assert result.versions == 4
    assert [(trial.rule.id, trial.fired) for trial in result.trials] == [("rule", 3), ("none", 0)]
    assert [alert.title for alert in result.trials[0].alerts] == ["聆讯 1", "聆讯 2", "聆讯 3"]


def test_article_with_versions_fires_once(make_rule, make_stored, now) -> None:
    versions = [make_stored(1, id="a"), make_stored(2, id="a", version=2)]
    (trial,) = backtest(versions, [make_rule(query="聆讯")], now=now).trials

    assert (trial.fired, [alert.version for alert in trial.alerts]) == (1, [1])


def test_keeps_few_and_counts_all(make_rule, make_stored, now) -> None:
    articles = (make_stored(seq) for seq in range(1, 100))
    (trial,) = backtest(articles, [make_rule(query="聆讯")], now=now, keep=10).trials

    assert (trial.fired, len(trial.alerts)) == (99, 10)


def test_rule_that_is_not_enabled_can_be_tried(make_rule, make_stored, now) -> None:
    (trial,) = backtest([make_stored(1)], [make_rule(query="聆讯", enabled=False)], now=now).trials

    assert trial.fired == 1
