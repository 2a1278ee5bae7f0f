"""Thermostats that answer badly, and people at the wall: what was asked for survives the ones and follows the others."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from custom_components.aux_heat_guard.core.model import Author, Request, Thermostat
from custom_components.aux_heat_guard.core.protection import attribution
from custom_components.aux_heat_guard.core.protection.attribution import follow
from custom_components.aux_heat_guard.core.protection.readback import Seen
from custom_components.aux_heat_guard.core.protection.setpoint import (
    UNKNOWN,
    Origin,
    Setpoint,
    asked,
    handed_on,
    told,
    with_choice,
)
from custom_components.aux_heat_guard.core.protection.write_gate import Haste, Wish, check, trimmed
from custom_components.aux_heat_guard.core.settings.protection import (
    ECHO_WITHIN,
    HOLD,
    PROVISIONAL_MOST,
    SETTLE,
    SETTLE_AFTER_OUTAGE,
    SETTLE_ON_COMMAND,
)
from custom_components.aux_heat_guard.core.units import fahrenheit, fahrenheit_degrees

from ..helpers import after

STEP = fahrenheit_degrees(1)
GUARD, PERSON, AUTOMATION = Author.GUARD, Author.PERSON, Author.AUTOMATION
MINUTE = timedelta(minutes=1)
SECOND = 1 / 60


class Wall:
    """A thermostat, by what is told and what it shows; times in minutes, temperatures in °F."""

    def __init__(self, requested: float = 74, applied: float | None = 70) -> None:
        self.setpoint: Setpoint = follow(UNKNOWN, self.seen(0, requested))
        if applied is not None:
            self.tell(0.1, applied)
            self.show(0.2, applied)

    def seen(
        self, minutes: float, degrees: float, author: Author = Author.UNKNOWN, **thermostat: Any
    ) -> Seen:
        shows = Thermostat("heat", setpoint=fahrenheit(degrees), author=author, **thermostat)
        return Seen(
            at=after(minutes=minutes), setpoint=fahrenheit(degrees), thermostat=shows, zone=UTC
        )

    def show(
        self, minutes: float, degrees: float, author: Author = Author.UNKNOWN, **thermostat: Any
    ) -> None:
        seen = self.seen(minutes, degrees, author, **thermostat)
        self.setpoint = trimmed(follow(self.setpoint, seen), seen.at)

    def shows(self, *looks: tuple[float, float]) -> None:
        """See (minutes, °F), one after the other."""
        for minutes, degrees in looks:
            self.show(minutes, degrees)

    def tell(self, minutes: float, degrees: float, origin: Origin = Origin.DECIDED) -> None:
        self.setpoint = told(
            self.setpoint, fahrenheit(degrees), after(minutes=minutes), "home", origin=origin
        )

    def is_gone(self) -> None:
        self.setpoint = attribution.mark_unseen(self.setpoint)

    def restarts(self) -> None:
        self.setpoint = attribution.mark_restarted(self.setpoint)

    def writes(self, minutes: float, degrees: float, haste: Haste = Haste.NONE) -> bool:
        wish = Wish(
            value=fahrenheit(degrees),
            at=after(minutes=minutes),
            step=STEP,
            gives_back=False,
            haste=haste,
        )
        return check(self.setpoint, wish).writes

    @property
    def requested(self) -> float:
        assert self.setpoint.requested is not None
        return round(self.setpoint.requested * 1.8 + 32, 3)

    @property
    def is_held(self) -> bool:
        return self.setpoint.held_until is not None


def ask(setpoint: Setpoint, degrees: float, minutes: float) -> Setpoint:
    return asked(
        setpoint,
        Request(temperature=fahrenheit(degrees)),
        after(minutes=minutes),
        Thermostat("heat"),
    )


class TestOnTheWay:
    """What shows between the value before and the told one."""

    def test_a_group_that_moves_member_by_member(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 70)
        wall.shows((1.05, 72), (1.2, 71.3))
        assert not wall.writes(1.21, 69)
        wall.shows((1.22, 70), (30, 70))

        assert (wall.requested, wall.is_held) == (74, False)

    def test_a_group_whose_last_member_is_polled(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 70)
        wall.shows((1.05, 72), (5, 72))
        assert not wall.writes(5, 69)
        wall.shows((7, 70), (30, 70))

        assert (wall.requested, wall.is_held) == (74, False)

    def test_an_answer_to_our_command_that_ends_short_is_a_clamp(self) -> None:
        wall = Wall(requested=70, applied=None)
        wall.tell(1, 63)
        wall.show(1.01, 66, GUARD)
        wall.shows((5, 66), (300, 66))

        assert (wall.requested, wall.is_held) == (70, False)
        assert not wall.writes(300, 63)

    def test_at_the_end_of_its_range_it_is_one_too(self) -> None:
        wall = Wall(requested=70, applied=None)
        wall.tell(1, 63)
        wall.show(4, 66, floor=fahrenheit(66))

        assert (wall.requested, wall.is_held) == (70, False)
        assert not wall.writes(300, 63)

    def test_two_commands_that_end_at_the_same_value_are_one_too(self) -> None:
        wall = Wall(requested=70, applied=None)
        wall.tell(1, 63)
        wall.shows((4, 66), (12, 66))
        assert wall.is_held
        wall.setpoint = ask(wall.setpoint, 72, 150)
        wall.tell(150, 72, Origin.CALLED)
        wall.show(150, 72, GUARD)
        wall.show(160, 72)
        wall.tell(170, 64)
        wall.shows((174, 66), (182, 66))

        assert (wall.requested, wall.is_held) == (72, False)

    @pytest.mark.parametrize("turned", [72, 73])
    def test_somebody_at_the_wall_in_between_before_it_arrived(self, turned: float) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 70)
        wall.show(3, turned)
        for minutes in range(4, 11):
            wall.show(minutes, turned)
            assert not wall.writes(minutes, 70)
        wall.show(1 + ECHO_WITHIN / MINUTE, turned)

        assert (wall.requested, wall.is_held) == (turned, True)

    def test_somebody_at_the_wall_in_between_after_it_arrived(self) -> None:
        wall = Wall()
        wall.shows((2, 72), (2.5, 72))
        assert (wall.requested, wall.writes(2.5, 70)) == (74, False)
        wall.show(3, 72)

        assert (wall.requested, wall.is_held) == (72, True)

    def test_one_setpoint_that_becomes_a_range(self) -> None:
        wall = Wall(requested=66, applied=None)
        wall.setpoint = ask(wall.setpoint, 70, 1)
        wall.tell(1, 70, Origin.CALLED)
        wall.show(1.1, 68, cooling=fahrenheit(72))
        wall.show(100, 68, cooling=fahrenheit(72))

        assert (wall.requested, wall.is_held) == (70, False)
        assert not wall.writes(100, 70)

    def test_coarser_rounding_within_a_degree(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 69)
        wall.shows((4, 68), (30, 68))

        assert (wall.requested, wall.is_held) == (74, False)
        assert not wall.writes(30, 69)


class TestGlitches:
    """Asked 74, told 70, and the thermostat shows something else for a while."""

    @pytest.mark.parametrize("shown", [62, 69, 50, 72, 78, 74])
    def test_five_seconds_are_no_hand(self, shown: float) -> None:
        wall = Wall()
        for start in (5, 20, 200):
            wall.shows((start, shown), (start + 5 * SECOND, 70), (start + 10, 70))

        assert (wall.requested, wall.is_held, wall.setpoint.changes) == (74, False, ())
        assert wall.setpoint.provisional is None

    @pytest.mark.parametrize("shown", [62, 50, 78])
    def test_nor_is_a_default_after_an_outage(self, shown: float) -> None:
        wall = Wall()
        wall.is_gone()
        wall.shows((21, shown), (22.5, shown), (23, 70), (60, 70))

        assert (wall.requested, wall.is_held) == (74, False)

    def test_what_was_asked_for_is_no_hand_after_an_outage(self) -> None:
        wall = Wall()
        wall.is_gone()
        wall.shows((21, 74), (60, 74))

        assert (wall.requested, wall.is_held) == (74, False)
        assert wall.writes(60, 70)

    def test_an_outage_and_the_told_value_again(self) -> None:
        wall = Wall()
        wall.is_gone()
        wall.shows((21, 70), (60, 70))

        assert (wall.requested, wall.is_held) == (74, False)

    def test_what_stands_after_an_outage_counts_later(self) -> None:
        wall = Wall()
        wall.is_gone()
        wall.show(20.5, 66)
        wall.show(20.5 + SETTLE / MINUTE, 66)
        assert wall.requested == 74
        wall.show(20.5 + SETTLE_AFTER_OUTAGE / MINUTE, 66)

        assert (wall.requested, wall.is_held) == (66, True)

    def test_flicker_ends_in_a_bounded_time_and_the_last_value_counts(self) -> None:
        wall, minutes = Wall(), 30.0
        while minutes + 0.5 < 30 + PROVISIONAL_MOST / MINUTE:
            wall.shows((minutes, 66), (minutes + 0.4, 67))
            assert wall.requested == 74
            assert not wall.writes(minutes + 0.4, 70)
            minutes += 0.8
        wall.show(30 + PROVISIONAL_MOST / MINUTE, 66)

        assert (wall.requested, wall.is_held) == (66, True)

    def test_flicker_around_what_was_told_counts_too(self) -> None:
        wall, minutes = Wall(), 30.0
        while minutes + 0.5 < 30 + PROVISIONAL_MOST / MINUTE:
            wall.shows((minutes, 66), (minutes + 0.4, 70))
            minutes += 0.8
        wall.show(30 + PROVISIONAL_MOST / MINUTE, 66)

        assert (wall.requested, wall.is_held) == (66, True)

    def test_a_dial_that_is_turned_step_by_step_counts_once_it_stands(self) -> None:
        wall = Wall()
        wall.shows((30, 71), (30.3, 72), (30.6, 73), (31.2, 73))
        assert wall.requested == 74
        wall.show(31.6, 73)

        assert (wall.requested, wall.is_held, len(wall.setpoint.changes)) == (73, True, 1)

    def test_an_update_with_the_same_setpoint_is_never_a_hand(self) -> None:
        wall = Wall()
        for minutes, author in ((5, PERSON), (6, AUTOMATION), (50, PERSON)):
            wall.show(minutes, 70, author)

        assert (wall.requested, wall.is_held) == (74, False)

    @pytest.mark.parametrize("author", [PERSON, AUTOMATION])
    def test_somebody_in_home_assistant_ends_it_at_once(self, author: Author) -> None:
        wall = Wall()
        wall.show(30, 62)
        wall.show(30.1, 68, author)

        assert (wall.requested, wall.is_held) == (68, True)

    def test_a_call_through_us_ends_it_at_once(self) -> None:
        wall = Wall()
        wall.show(30, 62)
        wall.setpoint = ask(wall.setpoint, 68, 30.1)
        wall.tell(30.1, 68, Origin.CALLED)
        wall.show(30.2, 68, GUARD)

        assert (wall.requested, wall.is_held, wall.setpoint.provisional) == (68, False, None)

    def test_a_hand_that_has_just_begun_when_the_clock_is_set_back_still_counts(self) -> None:
        wall = Wall()
        wall.shows((600, 66), (30, 66), (30 + SETTLE_AFTER_OUTAGE / MINUTE, 66))

        assert (wall.requested, wall.is_held) == (66, True)
        assert wall.setpoint.held_until == after(minutes=34) + HOLD


class TestStart:
    @pytest.mark.parametrize("shown", [74, 70])
    def test_what_was_asked_for_or_told_is_limited_at_once(self, shown: float) -> None:
        wall = Wall()
        wall.restarts()
        wall.show(2.1, shown)

        assert not wall.is_held
        assert wall.writes(2.1, 69)

    def test_after_the_first_write_the_next_one_waits_its_turn(self) -> None:
        wall = Wall()
        wall.restarts()
        wall.show(2.1, 74)
        wall.tell(2.1, 69)
        wall.show(2.2, 69)

        assert not wall.writes(3, 68)
        assert wall.writes(8, 68)

    def test_any_other_value_does_not_count_yet(self) -> None:
        wall = Wall()
        wall.restarts()
        wall.show(2.1, 65)
        assert not wall.writes(2.1, 69)
        assert not wall.writes(2.1, 74, Haste.LAST)
        wall.show(7, 65)

        assert (wall.requested, wall.is_held) == (65, True)

    def test_what_is_turned_back_later_is_a_hand(self) -> None:
        wall = Wall()
        wall.restarts()
        wall.shows((2.1, 70), (60, 74), (61, 74))

        assert (wall.requested, wall.is_held) == (74, True)


class TestChoice:
    """A preset or a mode that is chosen through us."""

    def chosen(self, minutes: float = 30) -> Wall:
        wall = Wall(requested=62, applied=None)
        wall.show(minutes - 1, 62, preset="sleep")
        wall.setpoint = with_choice(wall.setpoint, after(minutes=minutes), "home", "heat")
        return wall

    def test_its_setpoint_is_a_request_within_seconds(self) -> None:
        wall = self.chosen()
        wall.show(30.1, 74, GUARD, preset="home")
        wall.show(30.1 + SETTLE_ON_COMMAND / MINUTE, 74, preset="home")

        assert (wall.requested, wall.is_held) == (74, False)
        assert wall.writes(30.5, 70)

    def test_a_glitch_that_comes_with_it_is_not(self) -> None:
        wall = self.chosen()
        wall.show(30.1, 50, GUARD, preset="home")
        wall.show(30.2, 74, GUARD, preset="home")
        wall.show(30.2 + SETTLE_ON_COMMAND / MINUTE, 74, preset="home")

        assert (wall.requested, wall.is_held) == (74, False)

    def test_one_that_is_lost_changes_nothing(self) -> None:
        wall = Wall()
        wall.setpoint = with_choice(wall.setpoint, after(minutes=30), "home", "heat")
        wall.shows((31, 62), (31.1, 70), (33, 70), (60, 70))

        assert (wall.requested, wall.is_held) == (74, False)

    def test_a_cloud_tells_of_it_later(self) -> None:
        wall = self.chosen()
        wall.show(30.1, 62, preset="home")
        wall.shows((33, 74), (34, 74))

        assert (wall.requested, wall.is_held) == (74, False)
        assert wall.writes(34, 70)

    def test_a_group_follows_member_by_member(self) -> None:
        wall = self.chosen()
        wall.show(30.1, 68, GUARD, preset="home")
        wall.show(30.3, 74, GUARD, preset="home")
        wall.show(30.7, 74, preset="home")

        assert (wall.requested, wall.is_held) == (74, False)

    def test_a_preset_with_the_setpoint_that_shows_is_a_request_as_well(self) -> None:
        wall = Wall()
        wall.show(29, 70, preset="hold")
        wall.setpoint = with_choice(wall.setpoint, after(minutes=30), "home", "heat")
        wall.show(30.1, 70, preset="home")
        wall.show(31.2, 70, preset="home")

        assert (wall.requested, wall.is_held) == (70, False)

    def test_a_choice_that_changes_nothing_is_forgotten(self) -> None:
        wall = self.chosen()
        wall.show(50, 66, preset="sleep")
        wall.show(51, 66, preset="sleep")

        assert (wall.requested, wall.is_held) == (66, True)

    def test_a_limit_that_comes_late_is_not_what_was_chosen(self) -> None:
        wall = Wall(applied=None)
        wall.show(28, 74, preset="home")
        wall.tell(29, 70)
        wall.setpoint = with_choice(wall.setpoint, after(minutes=30), "home", "heat")
        wall.show(30.1, 76, GUARD, preset="away")
        wall.show(30.5, 76, preset="away")
        wall.show(31, 70, preset="away")

        assert (wall.requested, wall.is_held) == (76, False)


class TestProgram:
    """A hold that ends by itself."""

    def test_our_hold_gives_way_to_the_program(self) -> None:
        wall = Wall(applied=None)
        wall.show(1, 74, preset="home")
        wall.tell(2, 70)
        wall.show(2.1, 70, preset="hold")
        wall.show(200, 66, preset="sleep")
        wall.show(201, 66, preset="sleep")

        assert (wall.requested, wall.is_held) == (66, False)
        assert wall.writes(201, 64)

    def test_so_does_a_hold_of_somebody(self) -> None:
        wall = Wall(requested=70, applied=None)
        wall.show(1, 70, preset="home")
        wall.shows((10, 75), (11, 75))
        wall.show(11, 75, preset="hold")
        assert wall.is_held
        wall.show(200, 70, preset="home")
        wall.show(201, 70, preset="home")

        assert (wall.requested, wall.is_held) == (70, False)

    def test_the_preset_may_come_before_or_after_the_setpoint(self) -> None:
        for first, second in ((("home", 70), ("home", 74)), (("hold", 74), ("home", 74))):
            wall = Wall(applied=None)
            wall.show(1, 74, preset="home")
            wall.tell(2, 70)
            wall.show(2.1, 70, preset="hold")
            wall.show(200, first[1], preset=first[0])
            wall.show(200.5, second[1], preset=second[0])
            wall.show(202, second[1], preset=second[0])

            assert (wall.requested, wall.is_held) == (74, False)


class TestClock:
    """A clock that was set back while a write is lost."""

    @pytest.mark.parametrize("back", [timedelta(days=1), timedelta(days=40)])
    @pytest.mark.parametrize("tries", [1, 3])
    def test_what_was_lost_is_sent_again_as_soon_as_without(
        self, back: timedelta, tries: int
    ) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 70)
        for turn in range(1, tries):
            wall.tell(1 + 10 * turn, 70)
        start = -(back / MINUTE)
        wall.show(start, 74)

        assert not wall.writes(start + 5, 70)
        assert wall.writes(start + (11 if tries == 1 else 61), 70)

    def test_nothing_else_lasts_longer(self) -> None:
        wall = Wall()
        wall.setpoint = with_choice(wall.setpoint, after(minutes=500), None, None)
        wall.setpoint = replace(
            wall.setpoint,
            overturned=(after(minutes=500),),
            seen_again=after(minutes=500),
            preset_at=after(minutes=500),
        )
        wall.show(10, 70)

        assert wall.setpoint.choice_until == after(minutes=10) + ECHO_WITHIN
        assert wall.setpoint.overturned == (after(minutes=10),)
        assert wall.setpoint.seen_again == wall.setpoint.preset_at == after(minutes=10)


class TestMode:
    """A call that carries a mode and a temperature."""

    def test_the_mode_comes_first(self) -> None:
        wall = Wall(requested=68, applied=None)
        wall.setpoint = ask(replace(wall.setpoint, shown=None), 74, 30)
        wall.tell(30, 70, Origin.CALLED)
        wall.shows((30.1, 68), (30.2, 70), (60, 70))

        assert (wall.requested, wall.is_held) == (74, False)

    def test_where_nobody_limits_it_as_well(self) -> None:
        wall = Wall(requested=68, applied=None)
        wall.setpoint = handed_on(
            replace(wall.setpoint, shown=None),
            Request(temperature=fahrenheit(74)),
            after(minutes=30),
            Thermostat("heat"),
        )
        wall.shows((30.1, 68), (30.2, 74), (60, 74))

        assert (wall.requested, wall.is_held) == (74, False)

    def test_what_it_shows_first_is_old_where_it_never_heated(self) -> None:
        setpoint = replace(UNKNOWN, requested=fahrenheit(74))
        wall = Wall(applied=None)
        wall.setpoint = setpoint
        wall.shows((1, 68), (2, 68))

        assert (wall.requested, wall.is_held) == (74, False)


class TestSplit:
    """One temperature for a thermostat that has a range."""

    def asked(self) -> Wall:
        wall = Wall(requested=66, applied=None)
        wall.show(0.5, 66, cooling=fahrenheit(72))
        has_range = Thermostat("auto", cooling=fahrenheit(72))
        wall.setpoint = asked(
            wall.setpoint,
            Request(temperature=fahrenheit(70), single=True),
            after(minutes=1),
            has_range,
        )
        wall.setpoint = told(
            wall.setpoint,
            fahrenheit(70),
            after(minutes=1),
            origin=Origin.CALLED,
            is_split=wall.setpoint.single,
        )
        return wall

    def test_it_makes_both_ends_of_it(self) -> None:
        wall = self.asked()
        wall.show(1.1, 68, cooling=fahrenheit(72))
        wall.show(60, 68, cooling=fahrenheit(72))

        assert (wall.requested, wall.is_held, wall.setpoint.single) == (70, False, True)
        assert not wall.writes(60, 70)

    def test_what_is_told_may_show_on_the_way(self) -> None:
        wall = self.asked()
        for minutes, degrees in ((1.05, 70), (1.1, 69), (1.2, 68), (2.3, 68), (60, 68)):
            wall.show(minutes, degrees, cooling=fahrenheit(72))

        assert (wall.requested, wall.is_held) == (70, False)

    def test_what_lies_far_from_it_is_somebodys(self) -> None:
        wall = self.asked()
        for minutes in (1.5, 2.6):
            wall.show(minutes, 60, cooling=fahrenheit(64))

        assert (wall.requested, wall.is_held) == (60, True)


class TestCooling:
    """The cooling end of a range that somebody asked for, and that the thermostat does not show yet."""

    def asked(self) -> Wall:
        wall = Wall(requested=70, applied=None)
        wall.show(0.5, 70, cooling=fahrenheit(77))
        has_range = Thermostat("heat_cool", cooling=fahrenheit(77))
        request = Request(temperature=fahrenheit(66), cooling=fahrenheit(74))
        wall.setpoint = asked(wall.setpoint, request, after(minutes=1), has_range)
        wall.tell(1, 66, Origin.CALLED)
        return wall

    def cooling(self, wall: Wall) -> float | None:
        return None if wall.setpoint.cooling is None else round(wall.setpoint.cooling * 1.8 + 32)

    def test_it_is_kept_while_the_call_is_lost(self) -> None:
        wall = self.asked()
        for minutes in (2, 30):
            wall.show(minutes, 70, cooling=fahrenheit(77))
        wall.show(40, 70)

        assert self.cooling(wall) == 74

    def test_and_while_the_old_one_may_show_once_more(self) -> None:
        wall = self.asked()
        wall.show(2, 66, cooling=fahrenheit(74))
        wall.show(3, 70, cooling=fahrenheit(77))
        assert self.cooling(wall) == 74
        wall.show(20, 66, cooling=fahrenheit(74))

        assert self.cooling(wall) is None

    def test_another_one_is_somebodys(self) -> None:
        wall = self.asked()
        wall.show(20, 70, cooling=fahrenheit(80))

        assert self.cooling(wall) is None

    def test_a_preset_has_one_of_its_own(self) -> None:
        wall = self.asked()

        assert with_choice(wall.setpoint, after(minutes=2), None, "off").cooling is not None
        assert with_choice(wall.setpoint, after(minutes=2), "home", "heat").cooling is None


class TestKnownEnds:
    def test_a_thermostat_that_shows_what_it_is_told_for_seconds_ends_where_it_ended_before(
        self,
    ) -> None:
        wall = Wall(requested=70, applied=None)
        wall.tell(1, 63)
        wall.show(1.05, 66, GUARD)
        wall.setpoint = ask(wall.setpoint, 72, 60)
        wall.tell(60, 64, Origin.CALLED)
        wall.shows((60.05, 64), (60.1, 66), (90, 66))

        assert (wall.requested, wall.is_held) == (72, False)
        assert not wall.writes(90, 64)

    def test_one_that_came_to_follow_has_none(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 70)
        wall.show(1.05, 72, GUARD)
        wall.show(1.2, 70)

        assert wall.setpoint.ended is None

    def test_a_group_of_coarse_steps_shows_what_it_is_told_first(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 71)
        wall.shows((1.1, 71), (1.3, 71.6), (2.4, 71.6), (60, 71.6))

        assert (wall.requested, wall.is_held) == (74, False)
        assert not wall.writes(60, 71)

    def test_a_glitch_while_a_write_is_lost_changes_nothing(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 70)
        wall.shows((40, 62), (40.1, 74), (60, 74))

        assert (wall.requested, wall.is_held) == (74, False)
        assert wall.writes(60, 70)


class TestLostWrite:
    def test_what_showed_before_it_is_a_hand_after_another_one(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 62)
        wall.shows((2, 76), (4, 76), (75, 74), (77, 74))

        assert (wall.requested, wall.is_held) == (74, True)


class TestAfterAnOutage:
    def test_what_is_there_first_may_be_the_answer_from_within_it(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 62)
        wall.is_gone()
        wall.shows((30, 63.5), (40, 63.5))

        assert (wall.requested, wall.is_held) == (74, False)

    def test_what_comes_later_is_somebodys(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 62)
        wall.is_gone()
        wall.shows((30, 62), (31, 63.5), (40, 63.5))

        assert (wall.requested, wall.is_held) == (63.5, True)

    def test_what_carries_our_context_is_an_answer_at_once(self) -> None:
        wall = Wall(applied=None)
        wall.restarts()
        wall.show(1, 74)
        wall.tell(1.1, 62)
        wall.show(1.2, 65, GUARD)
        wall.show(30, 65)

        assert (wall.requested, wall.is_held) == (74, False)

    def test_where_commands_end_is_known_though_nothing_showed_before(self) -> None:
        wall = Wall()
        wall.tell(20, 62)
        wall.show(20.1, 65, GUARD)
        wall.is_gone()
        wall.setpoint = ask(replace(wall.setpoint, shown=None), 73, 40)
        wall.tell(40, 62, Origin.CALLED)
        wall.show(40.1, 65)
        wall.show(60, 65)

        assert (wall.requested, wall.is_held) == (73, False)

    def test_how_late_an_answer_is_judged_says_nothing_of_how_late_it_came(self) -> None:
        wall = Wall()
        wall.tell(20, 62)
        wall.show(20.1, 65, GUARD)
        wall.tell(40, 74, Origin.GIVEN_BACK)
        wall.show(40.1, 74)
        wall.is_gone()
        wall.show(50, 74)
        wall.tell(50.1, 62)
        wall.shows((50.2, 65), (70, 65))

        assert (wall.requested, wall.is_held) == (74, False)
        assert wall.setpoint.echo == ECHO_WITHIN

    def test_a_default_that_is_near_to_what_was_told_is_no_answer(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 70)
        wall.is_gone()
        wall.shows((2, 69), (2.2, 74), (20, 74))

        assert (wall.requested, wall.is_held) == (74, False)
        assert wall.writes(20, 70)

    def test_one_that_is_the_same_has_not_arrived(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 70)
        wall.is_gone()
        wall.shows((2, 70), (2.2, 74), (20, 74))

        assert (wall.requested, wall.is_held) == (74, False)
        assert wall.writes(20, 70)

    def test_what_stays_has_arrived_and_tells_nothing_of_how_long_it_took(self) -> None:
        wall = Wall(applied=None)
        wall.tell(1, 70)
        wall.is_gone()
        wall.shows((2, 70), (30, 70))

        assert wall.setpoint.told is not None
        assert wall.setpoint.told.arrived
        assert wall.setpoint.lag == timedelta(0)

    def test_a_preset_that_was_chosen_before_it_is_still_a_request(self) -> None:
        wall = Wall(requested=70, applied=None)
        wall.show(1, 70, preset="home")
        wall.setpoint = with_choice(wall.setpoint, after(minutes=2), "away", "heat")
        for minutes in (20, 22):
            # Home Assistant is started again and again.
            wall.restarts()
            wall.show(minutes, 62, preset="away")
        wall.show(27, 62, preset="away")

        assert (wall.requested, wall.is_held) == (62, False)


class TestChosenMode:
    def test_once_it_shows_a_hand_is_a_hand_again(self) -> None:
        wall = Wall(applied=None)
        wall.setpoint = with_choice(wall.setpoint, after(minutes=2), None, "off")
        wall.show(2.1, 74)
        wall.shows((6, 77), (7.1, 77))

        assert (wall.requested, wall.is_held) == (77, True)

    def test_until_then_what_comes_of_it_is_a_request(self) -> None:
        wall = Wall(applied=None)
        wall.setpoint = with_choice(wall.setpoint, after(minutes=2), None, "heat")
        wall.shows((6, 77), (7.1, 77))

        assert (wall.requested, wall.is_held) == (77, False)
