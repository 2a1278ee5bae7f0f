"""Each story causes exactly the expected alerts."""

from datetime import datetime, timedelta
from itertools import zip_longest

import pytest

from .player import ZONE, StoryAlert, StoryOutcome, StoryPlayer, read_story, story_names

TOLERANCE = timedelta(seconds=61)
"""Stories tell times to the minute."""


def describe(outcome: StoryOutcome) -> list[str]:
    return [
        *map(describe_alert, outcome.alerts),
        *(f"summary {clock(at)}" for at in outcome.summaries),
    ]


def describe_alert(shown: StoryAlert) -> str:
    reminded = "".join(f" reminded {clock(at)}" for at in shown.reminded)
    times = (
        f"raised {clock(shown.raised)} told {clock(shown.notified)} cleared {clock(shown.cleared)}"
    )
    details = f"{times} {shown.variant or ''} {shown.changed or ''}"
    return f"{shown.alert} {shown.severity} {details}".rstrip() + reminded


def clock(at: datetime | None) -> str:
    return "never" if at is None else f"{at.astimezone(ZONE):%d %H:%M}"


def is_near(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE


def is_same_alert(one: StoryAlert, other: StoryAlert) -> bool:
    same = (one.alert, one.severity, one.variant, one.changed) == (
        other.alert,
        other.severity,
        other.variant,
        other.changed,
    )
    times = [
        (one.raised, other.raised),
        (one.notified, other.notified),
        (one.cleared, other.cleared),
    ]
    times += zip_longest(one.reminded, other.reminded)
    return same and all(is_near(first, second) for first, second in times)


@pytest.mark.parametrize("name", story_names())
def test_a_story_ends_with_its_expected_alerts(name: str) -> None:
    check_story(StoryPlayer(read_story(name)))


@pytest.mark.parametrize("name", story_names())
def test_extra_steps_do_not_change_a_story(name: str) -> None:
    check_story(StoryPlayer(read_story(name), steps_every=timedelta(seconds=307)))


def check_story(player: StoryPlayer) -> None:
    expected, found = player.expected_outcome(), player.run()
    for outcome in (expected, found):
        outcome.alerts.sort(key=lambda alert: (alert.raised, alert.alert))
    fits = (
        len(found.alerts) == len(expected.alerts)
        and all(is_same_alert(*pair) for pair in zip(found.alerts, expected.alerts, strict=True))
        and len(found.summaries) == len(expected.summaries)
        and all(is_near(*pair) for pair in zip(found.summaries, expected.summaries, strict=True))
    )
    assert fits, "\n".join(["expected:", *describe(expected), "found:", *describe(found)])
