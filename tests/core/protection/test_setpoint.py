"""The record of the setpoint: requests, writes, schedules and manual changes."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.model import Author, Request, Thermostat
from custom_components.aux_heat_guard.core.protection.attribution import record_report
from custom_components.aux_heat_guard.core.protection.readback import SetpointReport
from custom_components.aux_heat_guard.core.protection.schedule_learning import (
    ObservedChange,
    is_recurring,
    predict_changes,
)
from custom_components.aux_heat_guard.core.protection.setpoint import (
    UNKNOWN_SETPOINT,
    Setpoint,
    WriteOrigin,
)
from custom_components.aux_heat_guard.core.protection.write_gate import DesiredWrite, Urgency, check
from custom_components.aux_heat_guard.core.settings.protection import (
    CONFLICT_PAUSE_TIME,
    FAST_TRIES,
    MANUAL_HOLD_TIME,
    MAX_READBACK_WINDOW,
    READBACK_WINDOW,
    SETTLE_TIME,
)
from custom_components.aux_heat_guard.core.units import (
    celsius_from_fahrenheit,
    kelvin_from_fahrenheit,
)

from ..helpers import after, quick
from .fake_thermostat import AnswerKind, FakeThermostat

STEP = kelvin_from_fahrenheit(1)
MINUTE = timedelta(minutes=1)
PERSON, AUTOMATION, GUARD = Author.PERSON, Author.AUTOMATION, Author.GUARD


def make_context(
    minutes: float, degrees: float, author: Author = Author.UNKNOWN, **thermostat: Any
) -> SetpointReport:
    return SetpointReport(
        at=after(minutes=minutes),
        setpoint=celsius_from_fahrenheit(degrees),
        thermostat=Thermostat(hvac_mode="heat", author=author, **thermostat),
        zone=UTC,
    )


def settle_change(minutes: float, degrees: float) -> tuple[SetpointReport, SetpointReport]:
    """Return the reports of a change that stays until it settles."""
    return make_context(minutes, degrees), make_context(minutes + SETTLE_TIME / MINUTE, degrees)


def apply_events(
    *events: SetpointReport | tuple[float, float], setpoint: Setpoint = UNKNOWN_SETPOINT
) -> Setpoint:
    """Apply reports, and writes as (minutes, °F)."""
    for look in events:
        match look:
            case SetpointReport():
                setpoint = record_report(setpoint, look)
            case minutes, degrees:
                setpoint = setpoint.with_write(
                    celsius_from_fahrenheit(degrees), after(minutes=minutes)
                )
    return setpoint


def request_setpoint(setpoint: Setpoint, degrees: float, minutes: float) -> Setpoint:
    return setpoint.with_request(
        Request(temperature=celsius_from_fahrenheit(degrees)),
        after(minutes=minutes),
        Thermostat(hvac_mode="heat"),
    )


def requested_f(setpoint: Setpoint) -> float | None:
    return None if setpoint.requested is None else round(setpoint.requested * 1.8 + 32, 3)


class TestWhose:
    @pytest.mark.parametrize(
        "events",
        [
            pytest.param([(1, 68), make_context(1, 68)], id="at once"),
            pytest.param([(1, 68), make_context(4, 68)], id="after three minutes"),
            pytest.param(
                [(1, 68), make_context(2, 70), make_context(4, 68)], id="the old value first"
            ),
            pytest.param(
                [(1, 68), make_context(1, 68), make_context(2, 70), make_context(3, 68)],
                id="the old value in between",
            ),
            pytest.param([(1, 68), make_context(1.1, 68), make_context(25, 68)], id="said again"),
            pytest.param([(1, 68), make_context(40, 68)], id="an answer that comes late"),
            pytest.param(
                [(1, 69), make_context(2, 70), make_context(4, 68)], id="rounded by the thermostat"
            ),
            pytest.param(
                [(1, 68), (6, 67), make_context(7, 68), make_context(8, 67)], id="two in flight"
            ),
            pytest.param(
                [
                    (1, 68),
                    make_context(2, 68),
                    (6, 67),
                    make_context(7, 67),
                    make_context(8, 68),
                    make_context(9, 67),
                ],
                id="out of order",
            ),
        ],
    )
    def test_a_readback_is_no_manual_change(
        self, events: list[SetpointReport | tuple[float, float]]
    ) -> None:
        setpoint = apply_events(make_context(0, 70), *events)

        assert requested_f(setpoint) == 70
        assert setpoint.hold_until is None
        assert setpoint.changes == ()

    @pytest.mark.parametrize(
        ("events", "wanted"),
        [
            pytest.param([*settle_change(5, 72)], 72, id="nothing was told"),
            pytest.param(
                [(1, 68), make_context(1, 68), *settle_change(5, 72)], 72, id="soon after a write"
            ),
            pytest.param(
                [(1, 68), make_context(1, 68), *settle_change(30, 70)], 70, id="back to what was"
            ),
            pytest.param(
                [(1, 68), make_context(1, 68), make_context(5, 70), make_context(16, 70)],
                70,
                id="back to what was, soon after a write, when it stays",
            ),
            pytest.param(
                [(1, 68), make_context(1, 68), make_context(5, 70, PERSON)],
                70,
                id="back to what was, by somebody in Home Assistant",
            ),
            pytest.param(
                [(1, 68), make_context(1, 68), make_context(5, 70, AUTOMATION)],
                70,
                id="back to what was, by an automation",
            ),
            pytest.param(
                [(1, 68), *settle_change(3, 72), make_context(5, 68)],
                72,
                id="overtaken by what was told",
            ),
            pytest.param(
                [(1, 68), make_context(1, 68), *settle_change(5, 72), *settle_change(30, 68)],
                68,
                id="to what was told before",
            ),
        ],
    )
    def test_any_other_change_is_a_manual_change(
        self, events: list[SetpointReport | tuple[float, float]], wanted: float
    ) -> None:
        setpoint = apply_events(make_context(0, 70), *events)

        assert requested_f(setpoint) == wanted
        assert setpoint.hold_until is not None

    def test_a_manual_change_holds_for_two_hours(self) -> None:
        setpoint = apply_events(make_context(0, 70), *settle_change(5, 72))

        assert setpoint.hold_until == after(minutes=6) + MANUAL_HOLD_TIME
        assert apply_events(make_context(126, 72), setpoint=setpoint).hold_until is None

    def test_a_clock_set_back_extends_no_hold(self) -> None:
        held = apply_events(make_context(600, 70), *settle_change(605, 72), make_context(0, 72))

        assert held.hold_until == after(0) + MANUAL_HOLD_TIME

    def test_repeated_overrides_pause_protection(self) -> None:
        setpoint = apply_events(make_context(0, 70))
        for index in range(4):
            start = 130 * index
            setpoint = apply_events(
                (start + 1, 68),
                make_context(start + 1, 68),
                *settle_change(start + 5, 72 + index),
                setpoint=setpoint,
            )

        assert setpoint.pause_until == after(minutes=396) + CONFLICT_PAUSE_TIME
        assert apply_events(make_context(396 + 1440, 75), setpoint=setpoint).pause_until is None

    def test_occasional_overrides_do_not_pause_protection(self) -> None:
        setpoint = apply_events(make_context(0, 70))
        for index in range(8):
            start = 600 * index
            setpoint = apply_events(
                (start + 1, 68),
                make_context(start + 1, 68),
                *settle_change(start + 5, 72 + index % 2),
                setpoint=setpoint,
            )

        assert setpoint.pause_until is None

    def test_a_slow_readback_is_awaited(self) -> None:
        setpoint = apply_events(make_context(0, 70), (1, 68), make_context(13, 68))

        assert setpoint.readback_window == timedelta(minutes=25)
        assert (
            apply_events(
                make_context(0, 70), (1, 68), make_context(13, 68), (20, 66), make_context(40, 66)
            ).hold_until
            is None
        )
        assert (
            apply_events(make_context(0, 70), (1, 68), make_context(400, 68)).readback_window
            == MAX_READBACK_WINDOW
        )

    def test_a_resumed_preset_is_accepted_as_it_is(self) -> None:
        setpoint = apply_events(make_context(0, 70), (1, 68), make_context(1, 68)).with_write(
            celsius_from_fahrenheit(70),
            after(minutes=30),
            resumes=True,
        )
        setpoint = apply_events(*settle_change(31, 71), setpoint=setpoint)

        assert requested_f(setpoint) == 71
        assert setpoint.hold_until is None

    def test_the_active_preset_is_stored_until_a_manual_change(self) -> None:
        first = apply_events(make_context(0, 70)).with_write(
            celsius_from_fahrenheit(68), after(minutes=1), "home"
        )
        second = apply_events(make_context(1, 68), setpoint=first).with_write(
            celsius_from_fahrenheit(67),
            after(minutes=20),
            "manual",
        )

        assert second.preset_to_restore == "home"
        assert apply_events(*settle_change(40, 72), setpoint=second).preset_to_restore is None
        back = second.with_write(
            celsius_from_fahrenheit(70), after(minutes=30), "manual", resumes=True
        )
        assert (
            back.with_write(
                celsius_from_fahrenheit(70), after(minutes=41), "manual", resumes=True
            ).preset_to_restore
            == "home"
        )
        assert apply_events(make_context(42, 70), setpoint=back).preset_to_restore is None

    def test_a_new_plan_block_becomes_the_request(self) -> None:
        setpoint = apply_events(make_context(0, 70)).apply_schedule(celsius_from_fahrenheit(62))
        by_hand = apply_events(*settle_change(5, 72), setpoint=setpoint)

        assert requested_f(setpoint) == 62
        assert requested_f(by_hand.apply_schedule(celsius_from_fahrenheit(62))) == 72
        assert requested_f(by_hand.apply_schedule(celsius_from_fahrenheit(70))) == 70

    def test_a_request_through_our_entity_starts_no_hold(self) -> None:
        setpoint = request_setpoint(apply_events(make_context(0, 70)), 73, 1)

        assert requested_f(setpoint) == 73
        assert setpoint.hold_until is None


class TestHull:
    def test_a_setpoint_already_shown_is_not_written(self) -> None:
        assert not check(apply_events(make_context(0, 70)), make_candidate(0, 70)).should_write

    def test_a_different_readback_is_accepted(self) -> None:
        assert not check(
            apply_events(make_context(0, 70), (1, 69), make_context(2, 68)), make_candidate(30, 69)
        ).should_write

    def test_a_lost_write_is_retried_and_then_rarely(self) -> None:
        setpoint, times = apply_events(make_context(0, 70)), []
        for minutes in range(1, 120):
            outcome = check(
                record_report(setpoint, make_context(minutes, 70)), make_candidate(minutes, 68)
            )
            if outcome.should_write:
                times.append(minutes)
                setpoint = setpoint.with_write(celsius_from_fahrenheit(68), after(minutes=minutes))

        # Three times, then once an hour.
        assert times == [1, 11, 21, 81]
        assert FAST_TRIES == 3
        assert setpoint.is_write_ignored(after(minutes=119))
        assert check(setpoint, make_candidate(120, 66)).should_write

    def test_an_unsettled_change_delays_writes(self) -> None:
        outcome = check(
            apply_events(make_context(0, 70), (1, 68), make_context(1, 68), make_context(5, 70)),
            make_candidate(6, 68),
        )

        assert not outcome.should_write
        assert outcome.due == after(minutes=5) + READBACK_WINDOW

    def test_limits_wait_between_writes_and_urgent_writes_do_not(self) -> None:
        setpoint = apply_events(make_context(0, 70), (1, 68), make_context(1, 68))

        assert check(setpoint, make_candidate(3, 67)).due == after(minutes=6)
        assert check(setpoint, make_candidate(3, 70, gives_back=True)).due == after(minutes=6)
        assert check(
            setpoint, replace(make_candidate(3, 70, gives_back=True), urgency=Urgency.IMMEDIATE)
        ).should_write


def make_candidate(minutes: float, degrees: float, *, gives_back: bool = False) -> DesiredWrite:
    return DesiredWrite(
        value=celsius_from_fahrenheit(degrees),
        at=after(minutes=minutes),
        step=STEP,
        is_restore=gives_back,
    )


class TestHabit:
    ZONE = ZoneInfo("America/New_York")
    MONDAY = 5

    def minutes_at(self, day: int, hour: float) -> float:
        """Return the minutes since the start, a Wednesday at 7 in New York."""
        return 1440 * day + 60 * (hour - 7)

    def record_changes(
        self, days: range | list[int], hour: float = 6, degrees: float = 70
    ) -> list[ObservedChange]:
        return [
            ObservedChange(
                after(minutes=self.minutes_at(day, hour)), celsius_from_fahrenheit(degrees)
            )
            for day in days
        ]

    def test_a_change_on_three_of_five_days_is_learned(self) -> None:
        first = self.MONDAY
        week = [first, first + 1, first + 2]
        thursday, saturday = (
            after(minutes=self.minutes_at(first + 3, 6)),
            after(minutes=self.minutes_at(first + 5, 6)),
        )

        assert is_recurring(
            self.record_changes(week), thursday, celsius_from_fahrenheit(70), self.ZONE
        )
        assert is_recurring(
            self.record_changes(week),
            thursday + timedelta(minutes=14),
            celsius_from_fahrenheit(69.2),
            self.ZONE,
        )
        assert not is_recurring(
            self.record_changes(week),
            thursday + timedelta(minutes=16),
            celsius_from_fahrenheit(70),
            self.ZONE,
        )
        assert not is_recurring(
            self.record_changes(week), thursday, celsius_from_fahrenheit(72), self.ZONE
        )
        assert not is_recurring(
            self.record_changes(week[:2]), thursday, celsius_from_fahrenheit(70), self.ZONE
        )
        assert not is_recurring(
            self.record_changes(week), saturday, celsius_from_fahrenheit(70), self.ZONE
        )
        assert is_recurring(
            self.record_changes(week[:1]),
            thursday,
            celsius_from_fahrenheit(70),
            self.ZONE,
            is_declared=True,
        )

    def test_a_learned_change_is_predicted(self) -> None:
        first = self.MONDAY
        changes = sorted(
            [
                *self.record_changes(range(first, first + 3)),
                *self.record_changes(range(first, first + 3), 22, 62),
                *self.record_changes([first + 1], 13, 66),
            ],
            key=lambda change: change.at,
        )

        foretold = predict_changes(changes, after(minutes=self.minutes_at(first + 3, 1)), self.ZONE)

        assert [(change.at, round(change.value * 1.8 + 32)) for change in foretold] == [
            (after(minutes=self.minutes_at(first + 3, 6)), 70),
            (after(minutes=self.minutes_at(first + 3, 22)), 62),
            (after(minutes=self.minutes_at(first + 4, 6)), 70),
            (after(minutes=self.minutes_at(first + 4, 22)), 62),
        ]

    def test_a_learned_schedule_starts_no_hold(self) -> None:
        first = self.MONDAY
        setpoint, held = UNKNOWN_SETPOINT, []
        for day in range(first, first + 5):
            for hour, degrees in ((6, 70), (22, 62)):
                for look in settle_change(self.minutes_at(day, hour), degrees):
                    setpoint = record_report(setpoint, replace(look, zone=self.ZONE))
                held.append(setpoint.hold_until is not None)

        assert held == [False, True, True, True, True, True, True, False, False, False]
        assert requested_f(setpoint) == 62


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
@given(kind=st.sampled_from(AnswerKind), events=EVENTS)
@example(kind=AnswerKind.POLLED, events=[(1, ("told", 60)), (1, ("hand", 72)), (1, ("hand", 70))])
def test_manual_changes_are_never_lost_and_readbacks_never_mistaken(
    kind: AnswerKind, events: list[tuple[int, tuple[str, int]]]
) -> None:
    fake, setpoint, minute, hands = (
        FakeThermostat(kind),
        record_report(UNKNOWN_SETPOINT, make_context(0, 70)),
        0,
        0,
    )
    for wait, (what, value) in [*events, (60, ("told", -1))]:
        for _ in range(wait):
            minute += 1
            setpoint = record_report(setpoint, make_context(minute, fake.advance_minute()))
        if what == "hand" and abs(value - fake.actual) > 1 and _is_distinguishable(setpoint, value):
            fake.turn_dial(value)
            hands, last = hands + 1, value
            # The setpoint is reported, and stays for longer than a readback may take.
            for _ in range(70):
                minute += 1
                setpoint = record_report(setpoint, make_context(minute, fake.advance_minute()))
            assert requested_f(setpoint) == last
        elif (
            what == "told"
            and value > 0
            and check(setpoint, make_candidate(minute, value)).should_write
        ):
            setpoint = setpoint.with_write(celsius_from_fahrenheit(value), after(minutes=minute))
            fake.receive_write(value)
    assert len(setpoint.changes) == min(hands, 60)


def _is_distinguishable(setpoint: Setpoint, value: float) -> bool:
    """Return True if a manual change is distinguishable from readbacks and the reported setpoint.

    Within a step of a pending write, a report is its readback by all that can be observed.
    """
    waiting = [write for write in setpoint.pending_writes if not write.arrived]
    no_change = [setpoint.reported, *(write.reported_before for write in waiting)]
    shows = any(
        one is not None and abs(one - celsius_from_fahrenheit(value)) < STEP for one in no_change
    )
    return not shows and all(
        abs(write.value - celsius_from_fahrenheit(value)) > STEP + 1e-6 for write in waiting
    )


def test_the_readback_of_a_passed_through_request_is_no_change() -> None:
    setpoint = apply_events(make_context(0, 70)).with_forwarded_request(
        Request(temperature=celsius_from_fahrenheit(73)),
        after(minutes=1),
        Thermostat(hvac_mode="heat"),
    )

    assert apply_events(make_context(2, 73), setpoint=setpoint).hold_until is None


def test_without_a_shown_setpoint_no_write_is_confirmed() -> None:
    assert not check(
        replace(UNKNOWN_SETPOINT, write_times=(after(0),)), make_candidate(1, 70)
    ).should_write


class TestWithdrawn:
    def test_withdrawing_a_request_keeps_a_later_one(self) -> None:
        before = apply_events(make_context(0, 70))
        first = request_setpoint(before, 71, 1).with_write(
            celsius_from_fahrenheit(71),
            after(minutes=1),
            origin=WriteOrigin.REQUEST,
        )
        second = request_setpoint(first, 72, 2).with_write(
            celsius_from_fahrenheit(72),
            after(minutes=2),
            origin=WriteOrigin.REQUEST,
        )

        assert second.withdraw_request(before, first) == second
        assert requested_f(first.withdraw_request(before, first)) == 70

    def test_withdrawing_a_request_keeps_one_made_while_off(self) -> None:
        before = apply_events(make_context(0, 70))
        first = before.with_request_while_off(celsius_from_fahrenheit(68))
        second = first.with_request_while_off(celsius_from_fahrenheit(69))

        assert second.withdraw_request(before, first) == second
        assert first.withdraw_request(before, first).requested_while_off is None

    def test_a_withdrawn_request_is_not_replaced_by_the_shown_setpoint(self) -> None:
        before = apply_events(make_context(0, 70))
        called = request_setpoint(before, 71, 1).with_write(
            celsius_from_fahrenheit(70.2),
            after(minutes=1),
            origin=WriteOrigin.REQUEST,
        )
        outcome = apply_events(make_context(1, 70), setpoint=called)

        assert outcome.last_write is not None
        assert outcome.last_write.arrived
        assert requested_f(outcome.withdraw_request(before, called)) == 70

    def test_the_readback_of_a_call_is_no_manual_change(self) -> None:
        called = request_setpoint(apply_events(make_context(0, 70)), 74, 1).with_write(
            celsius_from_fahrenheit(69),
            after(minutes=1),
            origin=WriteOrigin.REQUEST,
        )
        answered = apply_events(make_context(1, 68, GUARD), setpoint=called)

        assert requested_f(answered) == 74
        assert answered.hold_until is None


class TestPlan:
    def test_a_new_plan_block_waits_for_the_end_of_a_hold(self) -> None:
        held = (
            apply_events(make_context(0, 70))
            .apply_schedule(celsius_from_fahrenheit(70))
            .defer_schedule(
                celsius_from_fahrenheit(62),
            )
        )

        assert requested_f(held) == 70
        assert requested_f(held.apply_schedule(celsius_from_fahrenheit(62))) == 62
        assert (
            requested_f(request_setpoint(held, 68, 5).apply_schedule(celsius_from_fahrenheit(62)))
            == 68
        )
        assert held.defer_schedule(celsius_from_fahrenheit(62)) == held


def test_a_thermostat_that_ignores_writes_is_recognized() -> None:
    setpoint = apply_events(make_context(0, 70), (1, 68), (11, 68), (21, 68))

    assert not setpoint.is_write_ignored(after(minutes=25))
    assert setpoint.is_write_ignored(after(minutes=31))
    assert not apply_events(make_context(32, 68), setpoint=setpoint).is_write_ignored(
        after(minutes=32)
    )


def test_the_final_restore_does_not_wait_for_pending_writes() -> None:
    last = replace(make_candidate(3, 70, gives_back=True), urgency=Urgency.FINAL)

    assert check(apply_events(make_context(0, 70), (1, 68)), last).should_write
    assert check(
        apply_events(make_context(0, 70), (1, 68), make_context(1, 68), make_context(2, 70)), last
    ).should_write
    assert not check(apply_events(make_context(0, 70)), last).should_write
