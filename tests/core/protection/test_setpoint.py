"""Whose hand changed the setpoint."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.model import Author, Request, Thermostat
from custom_components.aux_heat_guard.core.protection.attribution import follow
from custom_components.aux_heat_guard.core.protection.readback import Seen
from custom_components.aux_heat_guard.core.protection.schedule_learning import (
    Change,
    learnt,
    recurs,
)
from custom_components.aux_heat_guard.core.protection.setpoint import (
    UNKNOWN,
    Origin,
    Setpoint,
    asked,
    asked_while_off,
    handed_on,
    is_ignored,
    noted,
    planned,
    told,
    withdrawn,
)
from custom_components.aux_heat_guard.core.protection.write_gate import Haste, Wish, check
from custom_components.aux_heat_guard.core.settings.protection import (
    ECHO_LONGEST,
    ECHO_WITHIN,
    HOLD,
    SETTLE,
    TRIES,
    YIELD,
)
from custom_components.aux_heat_guard.core.units import fahrenheit, fahrenheit_degrees

from ..helpers import after, quick
from .fake_thermostat import Fake, Kind

STEP = fahrenheit_degrees(1)
MINUTE = timedelta(minutes=1)
PERSON, AUTOMATION, GUARD = Author.PERSON, Author.AUTOMATION, Author.GUARD


def seen(
    minutes: float, degrees: float, author: Author = Author.UNKNOWN, **thermostat: Any
) -> Seen:
    return Seen(
        at=after(minutes=minutes),
        setpoint=fahrenheit(degrees),
        thermostat=Thermostat("heat", author=author, **thermostat),
        zone=UTC,
    )


def stays(minutes: float, degrees: float) -> tuple[Seen, Seen]:
    """See a change that stands until it counts."""
    return seen(minutes, degrees), seen(minutes + SETTLE / MINUTE, degrees)


def lived(*looks: Seen | tuple[float, float], setpoint: Setpoint = UNKNOWN) -> Setpoint:
    """Live through what shows and what is told, (minutes, °F)."""
    for look in looks:
        match look:
            case Seen():
                setpoint = follow(setpoint, look)
            case minutes, degrees:
                setpoint = told(setpoint, fahrenheit(degrees), after(minutes=minutes))
    return setpoint


def ask(setpoint: Setpoint, degrees: float, minutes: float) -> Setpoint:
    return asked(
        setpoint,
        Request(temperature=fahrenheit(degrees)),
        after(minutes=minutes),
        Thermostat("heat"),
    )


def requested(setpoint: Setpoint) -> float | None:
    return None if setpoint.requested is None else round(setpoint.requested * 1.8 + 32, 3)


class TestWhose:
    @pytest.mark.parametrize(
        "looks",
        [
            pytest.param([(1, 68), seen(1, 68)], id="at once"),
            pytest.param([(1, 68), seen(4, 68)], id="after three minutes"),
            pytest.param([(1, 68), seen(2, 70), seen(4, 68)], id="the old value first"),
            pytest.param(
                [(1, 68), seen(1, 68), seen(2, 70), seen(3, 68)], id="the old value in between"
            ),
            pytest.param([(1, 68), seen(1.1, 68), seen(25, 68)], id="said again"),
            pytest.param([(1, 68), seen(40, 68)], id="an answer that comes late"),
            pytest.param([(1, 69), seen(2, 70), seen(4, 68)], id="rounded by the thermostat"),
            pytest.param([(1, 68), (6, 67), seen(7, 68), seen(8, 67)], id="two in flight"),
            pytest.param(
                [(1, 68), seen(2, 68), (6, 67), seen(7, 67), seen(8, 68), seen(9, 67)],
                id="out of order",
            ),
        ],
    )
    def test_an_echo_is_nobodys_hand(self, looks: list[Seen | tuple[float, float]]) -> None:
        setpoint = lived(seen(0, 70), *looks)

        assert requested(setpoint) == 70
        assert setpoint.held_until is None
        assert setpoint.changes == ()

    @pytest.mark.parametrize(
        ("looks", "wanted"),
        [
            pytest.param([*stays(5, 72)], 72, id="nothing was told"),
            pytest.param([(1, 68), seen(1, 68), *stays(5, 72)], 72, id="soon after a write"),
            pytest.param([(1, 68), seen(1, 68), *stays(30, 70)], 70, id="back to what was"),
            pytest.param(
                [(1, 68), seen(1, 68), seen(5, 70), seen(16, 70)],
                70,
                id="back to what was, soon after a write, when it stays",
            ),
            pytest.param(
                [(1, 68), seen(1, 68), seen(5, 70, PERSON)],
                70,
                id="back to what was, by somebody in Home Assistant",
            ),
            pytest.param(
                [(1, 68), seen(1, 68), seen(5, 70, AUTOMATION)],
                70,
                id="back to what was, by an automation",
            ),
            pytest.param(
                [(1, 68), *stays(3, 72), seen(5, 68)], 72, id="overtaken by what was told"
            ),
            pytest.param(
                [(1, 68), seen(1, 68), *stays(5, 72), *stays(30, 68)],
                68,
                id="to what was told before",
            ),
        ],
    )
    def test_any_other_change_is_somebodys(
        self, looks: list[Seen | tuple[float, float]], wanted: float
    ) -> None:
        setpoint = lived(seen(0, 70), *looks)

        assert requested(setpoint) == wanted
        assert setpoint.held_until is not None

    def test_a_hand_holds_for_two_hours(self) -> None:
        setpoint = lived(seen(0, 70), *stays(5, 72))

        assert setpoint.held_until == after(minutes=6) + HOLD
        assert lived(seen(126, 72), setpoint=setpoint).held_until is None

    def test_a_clock_that_was_set_back_holds_no_longer(self) -> None:
        held = lived(seen(600, 70), *stays(605, 72), seen(0, 72))

        assert held.held_until == after(0) + HOLD

    def test_who_changes_it_back_again_and_again_is_let_have_it(self) -> None:
        setpoint = lived(seen(0, 70))
        for index in range(4):
            start = 130 * index
            setpoint = lived(
                (start + 1, 68),
                seen(start + 1, 68),
                *stays(start + 5, 72 + index),
                setpoint=setpoint,
            )

        assert setpoint.yields_until == after(minutes=396) + YIELD
        assert lived(seen(396 + 1440, 75), setpoint=setpoint).yields_until is None

    def test_now_and_then_is_not_again_and_again(self) -> None:
        setpoint = lived(seen(0, 70))
        for index in range(8):
            start = 600 * index
            setpoint = lived(
                (start + 1, 68),
                seen(start + 1, 68),
                *stays(start + 5, 72 + index % 2),
                setpoint=setpoint,
            )

        assert setpoint.yields_until is None

    def test_a_slow_thermostat_is_waited_for(self) -> None:
        setpoint = lived(seen(0, 70), (1, 68), seen(13, 68))

        assert setpoint.echo == timedelta(minutes=25)
        assert lived(seen(0, 70), (1, 68), seen(13, 68), (20, 66), seen(40, 66)).held_until is None
        assert lived(seen(0, 70), (1, 68), seen(400, 68)).echo == ECHO_LONGEST

    def test_what_is_resumed_is_taken_as_it_is(self) -> None:
        setpoint = told(
            lived(seen(0, 70), (1, 68), seen(1, 68)),
            fahrenheit(70),
            after(minutes=30),
            resumes=True,
        )
        setpoint = lived(*stays(31, 71), setpoint=setpoint)

        assert requested(setpoint) == 71
        assert setpoint.held_until is None

    def test_the_preset_that_held_is_remembered_until_a_hand(self) -> None:
        first = told(lived(seen(0, 70)), fahrenheit(68), after(minutes=1), "home")
        second = told(
            lived(seen(1, 68), setpoint=first), fahrenheit(67), after(minutes=20), "manual"
        )

        assert second.preset == "home"
        assert lived(*stays(40, 72), setpoint=second).preset is None
        back = told(second, fahrenheit(70), after(minutes=30), "manual", resumes=True)
        assert (
            told(back, fahrenheit(70), after(minutes=41), "manual", resumes=True).preset == "home"
        )
        assert lived(seen(42, 70), setpoint=back).preset is None

    def test_a_plan_is_what_is_requested_whenever_it_asks_for_something_else(self) -> None:
        setpoint = planned(lived(seen(0, 70)), fahrenheit(62))
        by_hand = lived(*stays(5, 72), setpoint=setpoint)

        assert requested(setpoint) == 62
        assert requested(planned(by_hand, fahrenheit(62))) == 72
        assert requested(planned(by_hand, fahrenheit(70))) == 70

    def test_who_asks_through_us_holds_nothing(self) -> None:
        setpoint = ask(lived(seen(0, 70)), 73, 1)

        assert requested(setpoint) == 73
        assert setpoint.held_until is None


class TestHull:
    def test_what_shows_already_is_not_told(self) -> None:
        assert not check(lived(seen(0, 70)), wish(0, 70)).writes

    def test_an_answer_of_its_own_is_taken(self) -> None:
        assert not check(lived(seen(0, 70), (1, 69), seen(2, 68)), wish(30, 69)).writes

    def test_what_does_not_arrive_is_told_again_and_then_seldom(self) -> None:
        setpoint, times = lived(seen(0, 70)), []
        for minutes in range(1, 120):
            looked = check(follow(setpoint, seen(minutes, 70)), wish(minutes, 68))
            if looked.writes:
                times.append(minutes)
                setpoint = told(setpoint, fahrenheit(68), after(minutes=minutes))

        # Three times, then once an hour.
        assert times == [1, 11, 21, 81]
        assert TRIES == 3
        assert is_ignored(setpoint, after(minutes=119))
        assert check(setpoint, wish(120, 66)).writes

    def test_a_doubtful_change_is_waited_out(self) -> None:
        looked = check(lived(seen(0, 70), (1, 68), seen(1, 68), seen(5, 70)), wish(6, 68))

        assert not looked.writes
        assert looked.due == after(minutes=5) + ECHO_WITHIN

    def test_a_limit_waits_for_its_turn_and_what_must_be_does_not(self) -> None:
        setpoint = lived(seen(0, 70), (1, 68), seen(1, 68))

        assert check(setpoint, wish(3, 67)).due == after(minutes=6)
        assert check(setpoint, wish(3, 70, gives_back=True)).due == after(minutes=6)
        assert check(setpoint, replace(wish(3, 70, gives_back=True), haste=Haste.AT_ONCE)).writes


def wish(minutes: float, degrees: float, *, gives_back: bool = False) -> Wish:
    return Wish(
        value=fahrenheit(degrees), at=after(minutes=minutes), step=STEP, gives_back=gives_back
    )


class TestHabit:
    ZONE = ZoneInfo("America/New_York")
    MONDAY = 5

    def at(self, day: int, hour: float) -> float:
        """Tell the minutes from the start, which is a Wednesday at 7 in New York."""
        return 1440 * day + 60 * (hour - 7)

    def changes(
        self, days: range | list[int], hour: float = 6, degrees: float = 70
    ) -> list[Change]:
        return [Change(after(minutes=self.at(day, hour)), fahrenheit(degrees)) for day in days]

    def test_what_came_on_three_of_the_last_five_such_days_recurs(self) -> None:
        first = self.MONDAY
        week = [first, first + 1, first + 2]
        thursday, saturday = (
            after(minutes=self.at(first + 3, 6)),
            after(minutes=self.at(first + 5, 6)),
        )

        assert recurs(self.changes(week), thursday, fahrenheit(70), self.ZONE)
        assert recurs(
            self.changes(week), thursday + timedelta(minutes=14), fahrenheit(69.2), self.ZONE
        )
        assert not recurs(
            self.changes(week), thursday + timedelta(minutes=16), fahrenheit(70), self.ZONE
        )
        assert not recurs(self.changes(week), thursday, fahrenheit(72), self.ZONE)
        assert not recurs(self.changes(week[:2]), thursday, fahrenheit(70), self.ZONE)
        assert not recurs(self.changes(week), saturday, fahrenheit(70), self.ZONE)
        assert recurs(self.changes(week[:1]), thursday, fahrenheit(70), self.ZONE, said=True)

    def test_what_recurs_is_foretold(self) -> None:
        first = self.MONDAY
        changes = sorted(
            [
                *self.changes(range(first, first + 3)),
                *self.changes(range(first, first + 3), 22, 62),
                *self.changes([first + 1], 13, 66),
            ],
            key=lambda change: change.at,
        )

        foretold = learnt(changes, after(minutes=self.at(first + 3, 1)), self.ZONE)

        assert [(change.at, round(change.value * 1.8 + 32)) for change in foretold] == [
            (after(minutes=self.at(first + 3, 6)), 70),
            (after(minutes=self.at(first + 3, 22)), 62),
            (after(minutes=self.at(first + 4, 6)), 70),
            (after(minutes=self.at(first + 4, 22)), 62),
        ]

    def test_a_schedule_of_its_own_holds_nothing(self) -> None:
        first = self.MONDAY
        setpoint, held = UNKNOWN, []
        for day in range(first, first + 5):
            for hour, degrees in ((6, 70), (22, 62)):
                for look in stays(self.at(day, hour), degrees):
                    setpoint = follow(setpoint, replace(look, zone=self.ZONE))
                held.append(setpoint.held_until is not None)

        assert held == [False, True, True, True, True, True, True, False, False, False]
        assert requested(setpoint) == 62


EVENTS = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.one_of(
            st.tuples(st.just("told"), st.integers(60, 74)),
            st.tuples(st.just("hand"), st.integers(60, 80)),
        ),
    ),
    max_size=25,
)


@quick
@given(kind=st.sampled_from(Kind), events=EVENTS)
@example(kind=Kind.POLLED, events=[(1, ("told", 60)), (1, ("hand", 72)), (1, ("hand", 70))])
def test_a_hand_is_never_lost_and_an_echo_never_a_hand(
    kind: Kind, events: list[tuple[int, tuple[str, int]]]
) -> None:
    fake, setpoint, minute, hands = Fake(kind), follow(UNKNOWN, seen(0, 70)), 0, 0
    for wait, (what, value) in [*events, (60, ("told", -1))]:
        for _ in range(wait):
            minute += 1
            setpoint = follow(setpoint, seen(minute, fake.passes()))
        if what == "hand" and abs(value - fake.real) > 1 and _can_be_told_apart(setpoint, value):
            fake.turned(value)
            hands, last = hands + 1, value
            # It shows, and stays for longer than an echo may take.
            for _ in range(70):
                minute += 1
                setpoint = follow(setpoint, seen(minute, fake.passes()))
            assert requested(setpoint) == last
        elif what == "told" and value > 0 and check(setpoint, wish(minute, value)).writes:
            setpoint = told(setpoint, fahrenheit(value), after(minutes=minute))
            fake.told(value)
    assert len(setpoint.changes) == min(hands, 60)


def _can_be_told_apart(setpoint: Setpoint, value: float) -> bool:
    """What lies within a step of something that is not answered yet is its answer, by all that shows; and what shows already is no change.

    Nor is what showed before that.
    """
    waiting = [flight for flight in setpoint.flights if not flight.arrived]
    no_change = [setpoint.shown, *(flight.before for flight in waiting)]
    shows = any(one is not None and abs(one - fahrenheit(value)) < STEP for one in no_change)
    return not shows and all(
        abs(flight.value - fahrenheit(value)) > STEP + 1e-6 for flight in waiting
    )


def test_what_is_handed_on_as_it_was_asked_for_is_no_change_when_it_shows() -> None:
    setpoint = handed_on(
        lived(seen(0, 70)),
        Request(temperature=fahrenheit(73)),
        after(minutes=1),
        Thermostat("heat"),
    )

    assert lived(seen(2, 73), setpoint=setpoint).held_until is None


def test_a_thermostat_that_never_showed_anything_shows_nothing_that_was_told() -> None:
    assert not check(replace(UNKNOWN, writes=(after(0),)), wish(1, 70)).writes


class TestWithdrawn:
    def test_what_was_asked_for_since_then_stands(self) -> None:
        before = lived(seen(0, 70))
        first = told(ask(before, 71, 1), fahrenheit(71), after(minutes=1), origin=Origin.CALLED)
        second = told(ask(first, 72, 2), fahrenheit(72), after(minutes=2), origin=Origin.CALLED)

        assert withdrawn(second, before, first) == second
        assert requested(withdrawn(first, before, first)) == 70

    def test_nor_what_was_asked_for_while_it_is_off(self) -> None:
        before = lived(seen(0, 70))
        first = asked_while_off(before, fahrenheit(68))
        second = asked_while_off(first, fahrenheit(69))

        assert withdrawn(second, before, first) == second
        assert withdrawn(first, before, first).pending is None

    def test_what_shows_meanwhile_makes_no_other_request_of_it(self) -> None:
        before = lived(seen(0, 70))
        called = told(ask(before, 71, 1), fahrenheit(70.2), after(minutes=1), origin=Origin.CALLED)
        looked = lived(seen(1, 70), setpoint=called)

        assert looked.told is not None
        assert looked.told.arrived
        assert requested(withdrawn(looked, before, called)) == 70

    def test_the_answer_to_a_call_is_no_hand_though_it_looks_like_theirs(self) -> None:
        called = told(
            ask(lived(seen(0, 70)), 74, 1), fahrenheit(69), after(minutes=1), origin=Origin.CALLED
        )
        answered = lived(seen(1, 68, GUARD), setpoint=called)

        assert requested(answered) == 74
        assert answered.held_until is None


class TestPlan:
    def test_what_it_comes_to_ask_for_under_a_hand_waits(self) -> None:
        held = noted(planned(lived(seen(0, 70)), fahrenheit(70)), fahrenheit(62))

        assert requested(held) == 70
        assert requested(planned(held, fahrenheit(62))) == 62
        assert requested(planned(ask(held, 68, 5), fahrenheit(62))) == 68
        assert noted(held, fahrenheit(62)) == held


def test_a_thermostat_that_takes_nothing_is_known_by_it() -> None:
    setpoint = lived(seen(0, 70), (1, 68), (11, 68), (21, 68))

    assert not is_ignored(setpoint, after(minutes=25))
    assert is_ignored(setpoint, after(minutes=31))
    assert not is_ignored(lived(seen(32, 68), setpoint=setpoint), after(minutes=32))


def test_the_last_word_overtakes_what_is_on_its_way_and_waits_out_no_doubt() -> None:
    last = replace(wish(3, 70, gives_back=True), haste=Haste.LAST)

    assert check(lived(seen(0, 70), (1, 68)), last).writes
    assert check(lived(seen(0, 70), (1, 68), seen(1, 68), seen(2, 70)), last).writes
    assert not check(lived(seen(0, 70)), last).writes
