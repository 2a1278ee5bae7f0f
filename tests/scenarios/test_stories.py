"""Each story ends with exactly the alerts it should: nothing missed, nothing false."""

from datetime import datetime, timedelta
from itertools import zip_longest

import pytest

from .player import ZONE, Outcome, Player, Told, names, read

TOLERANCE = timedelta(seconds=61)
"""Stories tell times to the minute."""


def described(outcome: Outcome) -> list[str]:
    return [*map(line, outcome.alerts), *(f"summary {clock(at)}" for at in outcome.summaries)]


def line(told: Told) -> str:
    reminded = "".join(f" reminded {clock(at)}" for at in told.reminded)
    times = f"raised {clock(told.raised)} told {clock(told.told)} cleared {clock(told.cleared)}"
    return (
        f"{told.alert} {told.severity} {times} {told.variant or ''} {told.changed or ''}".rstrip()
        + reminded
    )


def clock(at: datetime | None) -> str:
    return "never" if at is None else f"{at.astimezone(ZONE):%d %H:%M}"


def near(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE


def alike(one: Told, other: Told) -> bool:
    same = (one.alert, one.severity, one.variant, one.changed) == (
        other.alert,
        other.severity,
        other.variant,
        other.changed,
    )
    times = [(one.raised, other.raised), (one.told, other.told), (one.cleared, other.cleared)]
    times += zip_longest(one.reminded, other.reminded)
    return same and all(near(first, second) for first, second in times)


@pytest.mark.parametrize("name", names())
def test_story(name: str) -> None:
    check(Player(read(name)))


@pytest.mark.parametrize("name", names())
def test_a_story_ends_alike_however_often_one_looks(name: str) -> None:
    check(Player(read(name), looks_every=timedelta(seconds=307)))


def check(player: Player) -> None:
    expected, found = player.expected(), player.play()
    for outcome in (expected, found):
        outcome.alerts.sort(key=lambda told: (told.raised, told.alert))
    fits = (
        len(found.alerts) == len(expected.alerts)
        and all(alike(*pair) for pair in zip(found.alerts, expected.alerts, strict=True))
        and len(found.summaries) == len(expected.summaries)
        and all(near(*pair) for pair in zip(found.summaries, expected.summaries, strict=True))
    )
    assert fits, "\n".join(["expected:", *described(expected), "found:", *described(found)])
