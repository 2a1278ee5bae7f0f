"""Slow and inexact readbacks keep the requested setpoint; manual changes replace it."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from custom_components.aux_heat_guard.core.model import Author, Request, Thermostat
from custom_components.aux_heat_guard.core.protection.attribution import record_report
from custom_components.aux_heat_guard.core.protection.readback import SetpointReport
from custom_components.aux_heat_guard.core.protection.setpoint import (
    UNKNOWN_SETPOINT,
    Setpoint,
    WriteOrigin,
)
from custom_components.aux_heat_guard.core.protection.write_gate import (
    DesiredWrite,
    Urgency,
    check,
)
from custom_components.aux_heat_guard.core.settings.protection import (
    MANUAL_HOLD_TIME,
    MAX_PROVISIONAL_TIME,
    READBACK_WINDOW,
    SETTLE_TIME,
    SETTLE_TIME_AFTER_CHOICE,
    SETTLE_TIME_AFTER_OUTAGE,
)
from custom_components.aux_heat_guard.core.units import (
    celsius_from_fahrenheit,
    kelvin_from_fahrenheit,
)

from ..helpers import after

STEP = kelvin_from_fahrenheit(1)
GUARD, PERSON, AUTOMATION = Author.GUARD, Author.PERSON, Author.AUTOMATION
MINUTE = timedelta(minutes=1)
SECOND = 1 / 60


class WallThermostat:
    """A thermostat with its record. Times in minutes, temperatures in °F."""

    def __init__(self, requested: float = 74, applied: float | None = 70) -> None:
        self.setpoint: Setpoint = record_report(UNKNOWN_SETPOINT, self.make_context(0, requested))
        if applied is not None:
            self.record_write(0.1, applied)
            self.display(0.2, applied)

    def make_context(
        self, minutes: float, degrees: float, author: Author = Author.UNKNOWN, **thermostat: Any
    ) -> SetpointReport:
        shows = Thermostat(
            hvac_mode="heat", setpoint=celsius_from_fahrenheit(degrees), author=author, **thermostat
        )
        return SetpointReport(
            at=after(minutes=minutes),
            setpoint=celsius_from_fahrenheit(degrees),
            thermostat=shows,
            zone=UTC,
        )

    def display(
        self, minutes: float, degrees: float, author: Author = Author.UNKNOWN, **thermostat: Any
    ) -> None:
        context = self.make_context(minutes, degrees, author, **thermostat)
        self.setpoint = record_report(self.setpoint, context).trim_write_times(context.at)

    def display_all(self, *reports: tuple[float, float]) -> None:
        """Display each (minutes, °F) in order."""
        for minutes, degrees in reports:
            self.display(minutes, degrees)

    def record_write(
        self, minutes: float, degrees: float, origin: WriteOrigin = WriteOrigin.DECISION
    ) -> None:
        self.setpoint = self.setpoint.with_write(
            celsius_from_fahrenheit(degrees),
            after(minutes=minutes),
            "home",
            origin=origin,
        )

    def mark_outage(self) -> None:
        self.setpoint = self.setpoint.mark_outage()

    def restart(self) -> None:
        self.setpoint = self.setpoint.mark_restarted()

    def allows_write(
        self, minutes: float, degrees: float, urgency: Urgency = Urgency.NORMAL
    ) -> bool:
        desired = DesiredWrite(
            value=celsius_from_fahrenheit(degrees),
            at=after(minutes=minutes),
            step=STEP,
            is_restore=False,
            urgency=urgency,
        )
        return check(self.setpoint, desired).should_write

    @property
    def requested_f(self) -> float:
        assert self.setpoint.requested is not None
        return round(self.setpoint.requested * 1.8 + 32, 3)

    @property
    def is_held(self) -> bool:
        return self.setpoint.hold_until is not None


def request_setpoint(setpoint: Setpoint, degrees: float, minutes: float) -> Setpoint:
    return setpoint.with_request(
        Request(temperature=celsius_from_fahrenheit(degrees)),
        after(minutes=minutes),
        Thermostat(hvac_mode="heat"),
    )


class TestOnTheWay:
    """Reports between the previous and the written setpoint."""

    def test_a_group_that_moves_member_by_member(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 70)
        wall.display_all((1.05, 72), (1.2, 71.3))
        assert not wall.allows_write(1.21, 69)
        wall.display_all((1.22, 70), (30, 70))

        assert (wall.requested_f, wall.is_held) == (74, False)

    def test_a_group_whose_last_member_is_polled(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 70)
        wall.display_all((1.05, 72), (5, 72))
        assert not wall.allows_write(5, 69)
        wall.display_all((7, 70), (30, 70))

        assert (wall.requested_f, wall.is_held) == (74, False)

    def test_an_answer_to_our_command_that_ends_short_is_a_clamp(self) -> None:
        wall = WallThermostat(requested=70, applied=None)
        wall.record_write(1, 63)
        wall.display(1.01, 66, GUARD)
        wall.display_all((5, 66), (300, 66))

        assert (wall.requested_f, wall.is_held) == (70, False)
        assert not wall.allows_write(300, 63)

    def test_a_readback_at_the_end_of_the_range_is_a_clamp(self) -> None:
        wall = WallThermostat(requested=70, applied=None)
        wall.record_write(1, 63)
        wall.display(4, 66, min_setpoint=celsius_from_fahrenheit(66))

        assert (wall.requested_f, wall.is_held) == (70, False)
        assert not wall.allows_write(300, 63)

    def test_two_writes_that_end_at_the_same_value_are_a_clamp(self) -> None:
        wall = WallThermostat(requested=70, applied=None)
        wall.record_write(1, 63)
        wall.display_all((4, 66), (12, 66))
        assert wall.is_held
        wall.setpoint = request_setpoint(wall.setpoint, 72, 150)
        wall.record_write(150, 72, WriteOrigin.REQUEST)
        wall.display(150, 72, GUARD)
        wall.display(160, 72)
        wall.record_write(170, 64)
        wall.display_all((174, 66), (182, 66))

        assert (wall.requested_f, wall.is_held) == (72, False)

    @pytest.mark.parametrize("turned", [72, 73])
    def test_a_manual_change_before_the_readback_is_detected(self, turned: float) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 70)
        wall.display(3, turned)
        for minutes in range(4, 11):
            wall.display(minutes, turned)
            assert not wall.allows_write(minutes, 70)
        wall.display(1 + READBACK_WINDOW / MINUTE, turned)

        assert (wall.requested_f, wall.is_held) == (turned, True)

    def test_a_manual_change_after_the_readback_is_detected(self) -> None:
        wall = WallThermostat()
        wall.display_all((2, 72), (2.5, 72))
        assert (wall.requested_f, wall.allows_write(2.5, 70)) == (74, False)
        wall.display(3, 72)

        assert (wall.requested_f, wall.is_held) == (72, True)

    def test_one_setpoint_that_becomes_a_range(self) -> None:
        wall = WallThermostat(requested=66, applied=None)
        wall.setpoint = request_setpoint(wall.setpoint, 70, 1)
        wall.record_write(1, 70, WriteOrigin.REQUEST)
        wall.display(1.1, 68, cooling_setpoint=celsius_from_fahrenheit(72))
        wall.display(100, 68, cooling_setpoint=celsius_from_fahrenheit(72))

        assert (wall.requested_f, wall.is_held) == (70, False)
        assert not wall.allows_write(100, 70)

    def test_a_readback_rounded_within_a_degree_is_accepted(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 69)
        wall.display_all((4, 68), (30, 68))

        assert (wall.requested_f, wall.is_held) == (74, False)
        assert not wall.allows_write(30, 69)


class TestGlitches:
    """74 requested, 70 written, and another setpoint reported for a while."""

    @pytest.mark.parametrize("shown", [62, 69, 50, 72, 78, 74])
    def test_a_five_second_glitch_is_no_manual_change(self, shown: float) -> None:
        wall = WallThermostat()
        for start in (5, 20, 200):
            wall.display_all((start, shown), (start + 5 * SECOND, 70), (start + 10, 70))

        assert (wall.requested_f, wall.is_held, wall.setpoint.changes) == (74, False, ())
        assert wall.setpoint.provisional is None

    @pytest.mark.parametrize("shown", [62, 50, 78])
    def test_a_default_after_an_outage_is_no_manual_change(self, shown: float) -> None:
        wall = WallThermostat()
        wall.mark_outage()
        wall.display_all((21, shown), (22.5, shown), (23, 70), (60, 70))

        assert (wall.requested_f, wall.is_held) == (74, False)

    def test_the_requested_value_after_an_outage_is_no_manual_change(self) -> None:
        wall = WallThermostat()
        wall.mark_outage()
        wall.display_all((21, 74), (60, 74))

        assert (wall.requested_f, wall.is_held) == (74, False)
        assert wall.allows_write(60, 70)

    def test_the_written_value_after_an_outage_is_no_manual_change(self) -> None:
        wall = WallThermostat()
        wall.mark_outage()
        wall.display_all((21, 70), (60, 70))

        assert (wall.requested_f, wall.is_held) == (74, False)

    def test_a_value_that_persists_after_an_outage_counts_later(self) -> None:
        wall = WallThermostat()
        wall.mark_outage()
        wall.display(20.5, 66)
        wall.display(20.5 + SETTLE_TIME / MINUTE, 66)
        assert wall.requested_f == 74
        wall.display(20.5 + SETTLE_TIME_AFTER_OUTAGE / MINUTE, 66)

        assert (wall.requested_f, wall.is_held) == (66, True)

    def test_flicker_ends_in_a_bounded_time_and_the_last_value_counts(self) -> None:
        wall, minutes = WallThermostat(), 30.0
        while minutes + 0.5 < 30 + MAX_PROVISIONAL_TIME / MINUTE:
            wall.display_all((minutes, 66), (minutes + 0.4, 67))
            assert wall.requested_f == 74
            assert not wall.allows_write(minutes + 0.4, 70)
            minutes += 0.8
        wall.display(30 + MAX_PROVISIONAL_TIME / MINUTE, 66)

        assert (wall.requested_f, wall.is_held) == (66, True)

    def test_flicker_around_the_written_value_settles_too(self) -> None:
        wall, minutes = WallThermostat(), 30.0
        while minutes + 0.5 < 30 + MAX_PROVISIONAL_TIME / MINUTE:
            wall.display_all((minutes, 66), (minutes + 0.4, 70))
            minutes += 0.8
        wall.display(30 + MAX_PROVISIONAL_TIME / MINUTE, 66)

        assert (wall.requested_f, wall.is_held) == (66, True)

    def test_a_dial_turned_in_steps_counts_once_it_rests(self) -> None:
        wall = WallThermostat()
        wall.display_all((30, 71), (30.3, 72), (30.6, 73), (31.2, 73))
        assert wall.requested_f == 74
        wall.display(31.6, 73)

        assert (wall.requested_f, wall.is_held, len(wall.setpoint.changes)) == (73, True, 1)

    def test_an_update_with_the_same_setpoint_is_no_manual_change(self) -> None:
        wall = WallThermostat()
        for minutes, author in ((5, PERSON), (6, AUTOMATION), (50, PERSON)):
            wall.display(minutes, 70, author)

        assert (wall.requested_f, wall.is_held) == (74, False)

    @pytest.mark.parametrize("author", [PERSON, AUTOMATION])
    def test_a_change_in_home_assistant_settles_at_once(self, author: Author) -> None:
        wall = WallThermostat()
        wall.display(30, 62)
        wall.display(30.1, 68, author)

        assert (wall.requested_f, wall.is_held) == (68, True)

    def test_a_request_through_our_entity_settles_at_once(self) -> None:
        wall = WallThermostat()
        wall.display(30, 62)
        wall.setpoint = request_setpoint(wall.setpoint, 68, 30.1)
        wall.record_write(30.1, 68, WriteOrigin.REQUEST)
        wall.display(30.2, 68, GUARD)

        assert (wall.requested_f, wall.is_held, wall.setpoint.provisional) == (68, False, None)

    def test_a_manual_change_counts_when_the_clock_is_set_back(self) -> None:
        wall = WallThermostat()
        wall.display_all((600, 66), (30, 66), (30 + SETTLE_TIME_AFTER_OUTAGE / MINUTE, 66))

        assert (wall.requested_f, wall.is_held) == (66, True)
        assert wall.setpoint.hold_until == after(minutes=34) + MANUAL_HOLD_TIME


class TestStart:
    @pytest.mark.parametrize("shown", [74, 70])
    def test_a_requested_or_written_value_is_limited_at_once(self, shown: float) -> None:
        wall = WallThermostat()
        wall.restart()
        wall.display(2.1, shown)

        assert not wall.is_held
        assert wall.allows_write(2.1, 69)

    def test_after_the_first_write_the_next_one_waits_its_turn(self) -> None:
        wall = WallThermostat()
        wall.restart()
        wall.display(2.1, 74)
        wall.record_write(2.1, 69)
        wall.display(2.2, 69)

        assert not wall.allows_write(3, 68)
        assert wall.allows_write(8, 68)

    def test_another_value_at_start_does_not_count_yet(self) -> None:
        wall = WallThermostat()
        wall.restart()
        wall.display(2.1, 65)
        assert not wall.allows_write(2.1, 69)
        assert not wall.allows_write(2.1, 74, Urgency.FINAL)
        wall.display(7, 65)

        assert (wall.requested_f, wall.is_held) == (65, True)

    def test_a_later_change_back_is_a_manual_change(self) -> None:
        wall = WallThermostat()
        wall.restart()
        wall.display_all((2.1, 70), (60, 74), (61, 74))

        assert (wall.requested_f, wall.is_held) == (74, True)


class TestChoice:
    """A preset or a mode chosen on the guard's climate entity."""

    def choose_preset(self, minutes: float = 30) -> WallThermostat:
        wall = WallThermostat(requested=62, applied=None)
        wall.display(minutes - 1, 62, preset="sleep")
        wall.setpoint = wall.setpoint.with_choice(after(minutes=minutes), "home", "heat")
        return wall

    def test_the_setpoint_of_a_chosen_preset_is_a_request(self) -> None:
        wall = self.choose_preset()
        wall.display(30.1, 74, GUARD, preset="home")
        wall.display(30.1 + SETTLE_TIME_AFTER_CHOICE / MINUTE, 74, preset="home")

        assert (wall.requested_f, wall.is_held) == (74, False)
        assert wall.allows_write(30.5, 70)

    def test_a_glitch_after_a_chosen_preset_is_no_request(self) -> None:
        wall = self.choose_preset()
        wall.display(30.1, 50, GUARD, preset="home")
        wall.display(30.2, 74, GUARD, preset="home")
        wall.display(30.2 + SETTLE_TIME_AFTER_CHOICE / MINUTE, 74, preset="home")

        assert (wall.requested_f, wall.is_held) == (74, False)

    def test_a_lost_preset_choice_changes_nothing(self) -> None:
        wall = WallThermostat()
        wall.setpoint = wall.setpoint.with_choice(after(minutes=30), "home", "heat")
        wall.display_all((31, 62), (31.1, 70), (33, 70), (60, 70))

        assert (wall.requested_f, wall.is_held) == (74, False)

    def test_a_cloud_thermostat_shows_the_preset_later(self) -> None:
        wall = self.choose_preset()
        wall.display(30.1, 62, preset="home")
        wall.display_all((33, 74), (34, 74))

        assert (wall.requested_f, wall.is_held) == (74, False)
        assert wall.allows_write(34, 70)

    def test_a_group_applies_the_preset_member_by_member(self) -> None:
        wall = self.choose_preset()
        wall.display(30.1, 68, GUARD, preset="home")
        wall.display(30.3, 74, GUARD, preset="home")
        wall.display(30.7, 74, preset="home")

        assert (wall.requested_f, wall.is_held) == (74, False)

    def test_a_preset_with_the_current_setpoint_is_a_request(self) -> None:
        wall = WallThermostat()
        wall.display(29, 70, preset="hold")
        wall.setpoint = wall.setpoint.with_choice(after(minutes=30), "home", "heat")
        wall.display(30.1, 70, preset="home")
        wall.display(31.2, 70, preset="home")

        assert (wall.requested_f, wall.is_held) == (70, False)

    def test_a_choice_that_changes_nothing_is_forgotten(self) -> None:
        wall = self.choose_preset()
        wall.display(50, 66, preset="sleep")
        wall.display(51, 66, preset="sleep")

        assert (wall.requested_f, wall.is_held) == (66, True)

    def test_a_late_readback_of_a_limit_is_not_the_preset_setpoint(self) -> None:
        wall = WallThermostat(applied=None)
        wall.display(28, 74, preset="home")
        wall.record_write(29, 70)
        wall.setpoint = wall.setpoint.with_choice(after(minutes=30), "home", "heat")
        wall.display(30.1, 76, GUARD, preset="away")
        wall.display(30.5, 76, preset="away")
        wall.display(31, 70, preset="away")

        assert (wall.requested_f, wall.is_held) == (76, False)


class TestProgram:
    """A hold that ends by itself."""

    def test_the_program_ends_our_hold(self) -> None:
        wall = WallThermostat(applied=None)
        wall.display(1, 74, preset="home")
        wall.record_write(2, 70)
        wall.display(2.1, 70, preset="hold")
        wall.display(200, 66, preset="sleep")
        wall.display(201, 66, preset="sleep")

        assert (wall.requested_f, wall.is_held) == (66, False)
        assert wall.allows_write(201, 64)

    def test_the_program_ends_a_manual_hold(self) -> None:
        wall = WallThermostat(requested=70, applied=None)
        wall.display(1, 70, preset="home")
        wall.display_all((10, 75), (11, 75))
        wall.display(11, 75, preset="hold")
        assert wall.is_held
        wall.display(200, 70, preset="home")
        wall.display(201, 70, preset="home")

        assert (wall.requested_f, wall.is_held) == (70, False)

    def test_the_preset_may_come_before_or_after_the_setpoint(self) -> None:
        for first, second in ((("home", 70), ("home", 74)), (("hold", 74), ("home", 74))):
            wall = WallThermostat(applied=None)
            wall.display(1, 74, preset="home")
            wall.record_write(2, 70)
            wall.display(2.1, 70, preset="hold")
            wall.display(200, first[1], preset=first[0])
            wall.display(200.5, second[1], preset=second[0])
            wall.display(202, second[1], preset=second[0])

            assert (wall.requested_f, wall.is_held) == (74, False)


class TestClock:
    """A clock that was set back while a write is lost."""

    @pytest.mark.parametrize("back", [timedelta(days=1), timedelta(days=40)])
    @pytest.mark.parametrize("tries", [1, 3])
    def test_setting_the_clock_back_does_not_delay_a_retry(
        self, back: timedelta, tries: int
    ) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 70)
        for turn in range(1, tries):
            wall.record_write(1 + 10 * turn, 70)
        start = -(back / MINUTE)
        wall.display(start, 74)

        assert not wall.allows_write(start + 5, 70)
        assert wall.allows_write(start + (11 if tries == 1 else 61), 70)

    def test_setting_the_clock_back_extends_no_other_wait(self) -> None:
        wall = WallThermostat()
        wall.setpoint = wall.setpoint.with_choice(after(minutes=500), None, None)
        wall.setpoint = replace(
            wall.setpoint,
            conflicts=(after(minutes=500),),
            outage_ended_at=after(minutes=500),
            preset_changed_at=after(minutes=500),
        )
        wall.display(10, 70)

        assert wall.setpoint.choice_until == after(minutes=10) + READBACK_WINDOW
        assert wall.setpoint.conflicts == (after(minutes=10),)
        assert wall.setpoint.outage_ended_at == wall.setpoint.preset_changed_at == after(minutes=10)


class TestMode:
    """A request with a mode and a temperature."""

    def test_the_mode_may_change_before_the_temperature(self) -> None:
        wall = WallThermostat(requested=68, applied=None)
        wall.setpoint = request_setpoint(replace(wall.setpoint, reported=None), 74, 30)
        wall.record_write(30, 70, WriteOrigin.REQUEST)
        wall.display_all((30.1, 68), (30.2, 70), (60, 70))

        assert (wall.requested_f, wall.is_held) == (74, False)

    def test_the_mode_may_change_first_without_a_limit(self) -> None:
        wall = WallThermostat(requested=68, applied=None)
        wall.setpoint = replace(wall.setpoint, reported=None).with_forwarded_request(
            Request(temperature=celsius_from_fahrenheit(74)),
            after(minutes=30),
            Thermostat(hvac_mode="heat"),
        )
        wall.display_all((30.1, 68), (30.2, 74), (60, 74))

        assert (wall.requested_f, wall.is_held) == (74, False)

    def test_the_first_setpoint_after_a_first_heat_mode_is_stale(self) -> None:
        setpoint = replace(UNKNOWN_SETPOINT, requested=celsius_from_fahrenheit(74))
        wall = WallThermostat(applied=None)
        wall.setpoint = setpoint
        wall.display_all((1, 68), (2, 68))

        assert (wall.requested_f, wall.is_held) == (74, False)


class TestSplit:
    """A single temperature for a thermostat that has a range."""

    def request_single(self) -> WallThermostat:
        wall = WallThermostat(requested=66, applied=None)
        wall.display(0.5, 66, cooling_setpoint=celsius_from_fahrenheit(72))
        has_range = Thermostat(hvac_mode="auto", cooling_setpoint=celsius_from_fahrenheit(72))
        wall.setpoint = wall.setpoint.with_request(
            Request(temperature=celsius_from_fahrenheit(70), is_single=True),
            after(minutes=1),
            has_range,
        )
        wall.setpoint = wall.setpoint.with_write(
            celsius_from_fahrenheit(70),
            after(minutes=1),
            origin=WriteOrigin.REQUEST,
            is_split=wall.setpoint.single,
        )
        return wall

    def test_a_single_temperature_becomes_both_range_ends(self) -> None:
        wall = self.request_single()
        wall.display(1.1, 68, cooling_setpoint=celsius_from_fahrenheit(72))
        wall.display(60, 68, cooling_setpoint=celsius_from_fahrenheit(72))

        assert (wall.requested_f, wall.is_held, wall.setpoint.single) == (70, False, True)
        assert not wall.allows_write(60, 70)

    def test_the_written_value_may_show_while_the_range_moves(self) -> None:
        wall = self.request_single()
        for minutes, degrees in ((1.05, 70), (1.1, 69), (1.2, 68), (2.3, 68), (60, 68)):
            wall.display(minutes, degrees, cooling_setpoint=celsius_from_fahrenheit(72))

        assert (wall.requested_f, wall.is_held) == (70, False)

    def test_a_distant_value_is_a_manual_change(self) -> None:
        wall = self.request_single()
        for minutes in (1.5, 2.6):
            wall.display(minutes, 60, cooling_setpoint=celsius_from_fahrenheit(64))

        assert (wall.requested_f, wall.is_held) == (60, True)


class TestCooling:
    """A requested cooling setpoint that the thermostat does not report yet."""

    def request_range(self) -> WallThermostat:
        wall = WallThermostat(requested=70, applied=None)
        wall.display(0.5, 70, cooling_setpoint=celsius_from_fahrenheit(77))
        has_range = Thermostat(hvac_mode="heat_cool", cooling_setpoint=celsius_from_fahrenheit(77))
        request = Request(
            temperature=celsius_from_fahrenheit(66), cooling_setpoint=celsius_from_fahrenheit(74)
        )
        wall.setpoint = wall.setpoint.with_request(request, after(minutes=1), has_range)
        wall.record_write(1, 66, WriteOrigin.REQUEST)
        return wall

    def cooling_setpoint(self, wall: WallThermostat) -> float | None:
        return (
            None
            if wall.setpoint.requested_cooling is None
            else round(wall.setpoint.requested_cooling * 1.8 + 32)
        )

    def test_the_requested_cooling_end_is_kept_while_the_call_is_lost(self) -> None:
        wall = self.request_range()
        for minutes in (2, 30):
            wall.display(minutes, 70, cooling_setpoint=celsius_from_fahrenheit(77))
        wall.display(40, 70)

        assert self.cooling_setpoint(wall) == 74

    def test_the_requested_cooling_end_is_kept_while_the_old_value_may_reappear(self) -> None:
        wall = self.request_range()
        wall.display(2, 66, cooling_setpoint=celsius_from_fahrenheit(74))
        wall.display(3, 70, cooling_setpoint=celsius_from_fahrenheit(77))
        assert self.cooling_setpoint(wall) == 74
        wall.display(20, 66, cooling_setpoint=celsius_from_fahrenheit(74))

        assert self.cooling_setpoint(wall) is None

    def test_another_cooling_end_is_a_manual_change(self) -> None:
        wall = self.request_range()
        wall.display(20, 70, cooling_setpoint=celsius_from_fahrenheit(80))

        assert self.cooling_setpoint(wall) is None

    def test_a_preset_replaces_the_requested_cooling_end(self) -> None:
        wall = self.request_range()

        assert (
            wall.setpoint.with_choice(after(minutes=2), None, "off").requested_cooling is not None
        )
        assert wall.setpoint.with_choice(after(minutes=2), "home", "heat").requested_cooling is None


class TestKnownEnds:
    def test_a_delayed_clamp_ends_where_it_ended_before(
        self,
    ) -> None:
        wall = WallThermostat(requested=70, applied=None)
        wall.record_write(1, 63)
        wall.display(1.05, 66, GUARD)
        wall.setpoint = request_setpoint(wall.setpoint, 72, 60)
        wall.record_write(60, 64, WriteOrigin.REQUEST)
        wall.display_all((60.05, 64), (60.1, 66), (90, 66))

        assert (wall.requested_f, wall.is_held) == (72, False)
        assert not wall.allows_write(90, 64)

    def test_a_thermostat_that_now_follows_writes_has_no_known_end(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 70)
        wall.display(1.05, 72, GUARD)
        wall.display(1.2, 70)

        assert wall.setpoint.deviating_readback is None

    def test_a_coarse_group_shows_the_written_value_first(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 71)
        wall.display_all((1.1, 71), (1.3, 71.6), (2.4, 71.6), (60, 71.6))

        assert (wall.requested_f, wall.is_held) == (74, False)
        assert not wall.allows_write(60, 71)

    def test_a_glitch_while_a_write_is_lost_changes_nothing(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 70)
        wall.display_all((40, 62), (40.1, 74), (60, 74))

        assert (wall.requested_f, wall.is_held) == (74, False)
        assert wall.allows_write(60, 70)


class TestLostWrite:
    def test_the_old_value_after_another_manual_change_is_a_manual_change(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 62)
        wall.display_all((2, 76), (4, 76), (75, 74), (77, 74))

        assert (wall.requested_f, wall.is_held) == (74, True)


class TestAfterAnOutage:
    def test_the_first_value_after_an_outage_may_be_the_readback(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 62)
        wall.mark_outage()
        wall.display_all((30, 63.5), (40, 63.5))

        assert (wall.requested_f, wall.is_held) == (74, False)

    def test_a_later_value_after_an_outage_is_a_manual_change(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 62)
        wall.mark_outage()
        wall.display_all((30, 62), (31, 63.5), (40, 63.5))

        assert (wall.requested_f, wall.is_held) == (63.5, True)

    def test_a_value_with_our_context_is_a_readback_at_once(self) -> None:
        wall = WallThermostat(applied=None)
        wall.restart()
        wall.display(1, 74)
        wall.record_write(1.1, 62)
        wall.display(1.2, 65, GUARD)
        wall.display(30, 65)

        assert (wall.requested_f, wall.is_held) == (74, False)

    def test_a_known_clamp_is_recognized_after_an_outage(self) -> None:
        wall = WallThermostat()
        wall.record_write(20, 62)
        wall.display(20.1, 65, GUARD)
        wall.mark_outage()
        wall.setpoint = request_setpoint(replace(wall.setpoint, reported=None), 73, 40)
        wall.record_write(40, 62, WriteOrigin.REQUEST)
        wall.display(40.1, 65)
        wall.display(60, 65)

        assert (wall.requested_f, wall.is_held) == (73, False)

    def test_a_late_judgment_does_not_change_the_readback_delay(self) -> None:
        wall = WallThermostat()
        wall.record_write(20, 62)
        wall.display(20.1, 65, GUARD)
        wall.record_write(40, 74, WriteOrigin.RESTORE)
        wall.display(40.1, 74)
        wall.mark_outage()
        wall.display(50, 74)
        wall.record_write(50.1, 62)
        wall.display_all((50.2, 65), (70, 65))

        assert (wall.requested_f, wall.is_held) == (74, False)
        assert wall.setpoint.readback_window == READBACK_WINDOW

    def test_a_default_near_the_written_value_is_no_readback(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 70)
        wall.mark_outage()
        wall.display_all((2, 69), (2.2, 74), (20, 74))

        assert (wall.requested_f, wall.is_held) == (74, False)
        assert wall.allows_write(20, 70)

    def test_a_default_equal_to_the_written_value_is_no_readback(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 70)
        wall.mark_outage()
        wall.display_all((2, 70), (2.2, 74), (20, 74))

        assert (wall.requested_f, wall.is_held) == (74, False)
        assert wall.allows_write(20, 70)

    def test_a_persistent_value_is_a_readback_of_unknown_delay(self) -> None:
        wall = WallThermostat(applied=None)
        wall.record_write(1, 70)
        wall.mark_outage()
        wall.display_all((2, 70), (30, 70))

        assert wall.setpoint.last_write is not None
        assert wall.setpoint.last_write.arrived
        assert wall.setpoint.lag == timedelta(0)

    def test_a_preset_chosen_before_an_outage_is_still_a_request(self) -> None:
        wall = WallThermostat(requested=70, applied=None)
        wall.display(1, 70, preset="home")
        wall.setpoint = wall.setpoint.with_choice(after(minutes=2), "away", "heat")
        for minutes in (20, 22):
            # Home Assistant is restarted repeatedly.
            wall.restart()
            wall.display(minutes, 62, preset="away")
        wall.display(27, 62, preset="away")

        assert (wall.requested_f, wall.is_held) == (62, False)


class TestChosenMode:
    def test_manual_changes_count_again_once_the_mode_shows(self) -> None:
        wall = WallThermostat(applied=None)
        wall.setpoint = wall.setpoint.with_choice(after(minutes=2), None, "off")
        wall.display(2.1, 74)
        wall.display_all((6, 77), (7.1, 77))

        assert (wall.requested_f, wall.is_held) == (77, True)

    def test_setpoints_before_the_mode_shows_are_requests(self) -> None:
        wall = WallThermostat(applied=None)
        wall.setpoint = wall.setpoint.with_choice(after(minutes=2), None, "heat")
        wall.display_all((6, 77), (7.1, 77))

        assert (wall.requested_f, wall.is_held) == (77, False)
