"""What people do with their setpoints, and the winters they do it in."""

from datetime import UTC, datetime, timedelta

import pytest

from lab.guard import Guard
from lab.home import Home
from lab.policies import Constant, Ramp, Schedule, Seen, Step
from lab.thermostat import Thermostat
from lab.trial import Trial, live
from lab.units import celsius, fahrenheit
from lab.winter import Winter

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SCHEDULE = Schedule()


def winter(outdoor_f: float, days: int = 2) -> Winter:
    return Winter(BEGIN, (celsius(outdoor_f),) * (24 * days), (0.0,) * (24 * days))


def seen(hour: float) -> Seen:
    return Seen(BEGIN + timedelta(hours=hour), 20.0, 0.0, heating=False, strips=False, forecast=())


class TestWinter:
    def test_between_two_hours_it_goes_evenly_and_the_sun_is_the_hours(self) -> None:
        three = Winter(BEGIN, (0.0, 6.0, 3.0), (0.0, 100.0, 50.0))

        assert [three.outdoor(minute) for minute in (0, 30, 60, 90, 120, 179)] == [0.0, 3.0, 6.0, 4.5, 3.0, 3.0]
        assert [three.sun(minute) for minute in (0, 59, 60, 179)] == [0.0, 0.0, 100.0, 50.0]
        assert (three.minutes, three.days, three.at(90)) == (180, 0.125, BEGIN + timedelta(minutes=90))

    def test_what_is_ahead_is_known(self) -> None:
        three = Winter(BEGIN, (0.0, 6.0, 3.0), (0.0,) * 3)

        assert three.ahead(70, 24) == [(BEGIN + timedelta(hours=1), 6.0), (BEGIN + timedelta(hours=2), 3.0)]

    def test_it_can_be_colder(self) -> None:
        assert winter(50).colder(5).outdoor(0) == pytest.approx(celsius(50) - 5)

    @pytest.mark.parametrize(("outdoor", "sun"), [((), ()), ((1.0,), ())])
    def test_a_winter_of_nothing_is_none(self, outdoor: tuple[float, ...], sun: tuple[float, ...]) -> None:
        with pytest.raises(ValueError, match="one outdoor temperature"):
            Winter(BEGIN, outdoor, sun)


class TestPolicies:
    @pytest.mark.parametrize(("hour", "wanted"), [(0, 62), (5.99, 62), (6, 70), (21.99, 70), (22, 62)])
    def test_the_schedule(self, hour: float, wanted: float) -> None:
        assert fahrenheit(Step(SCHEDULE).setpoint_c(seen(hour))) == pytest.approx(wanted)
        assert fahrenheit(Constant(SCHEDULE).setpoint_c(seen(hour))) == pytest.approx(70)

    @pytest.mark.parametrize(("f_per_h", "hour", "wanted"), [(1, 0, 64), (1, 5, 69), (1, 22, 62), (2, 0, 62), (2, 3, 64), (2, 12, 70)])
    def test_a_ramp_is_there_in_time(self, f_per_h: float, hour: float, wanted: float) -> None:
        assert fahrenheit(Ramp(SCHEDULE, f_per_h).setpoint_c(seen(hour))) == pytest.approx(wanted)


class TestLive:
    def test_strips_recover_a_setback_and_hold_the_room_in_deep_cold(self) -> None:
        mild, cold = (live(Trial(winter=winter(outdoor)), Step(SCHEDULE)) for outdoor in (35, 5))

        assert 0 < mild.aux_kwh < cold.aux_kwh
        assert mild.total_kwh < cold.total_kwh
        assert (mild.writes_per_day, mild.min_room_f > 59) == (2.0, True)

    def test_a_lockout_keeps_them_off(self) -> None:
        home = Home(thermostat=Thermostat(aux_lockout_c=celsius(35)))

        assert live(Trial(winter=winter(36), home=home), Step(SCHEDULE)).aux_kwh == 0.0

    def test_where_the_room_is_as_it_should_be_nobody_is_short_of_anything(self) -> None:
        assert live(Trial(winter=winter(50)), Constant(SCHEDULE)).dh_per_day == pytest.approx(0.0, abs=0.3)


class TestGuard:
    @pytest.mark.parametrize("polled_every", [1, 3])
    def test_above_the_balance_point_no_strips_run_and_nobody_is_colder(self, polled_every: int) -> None:
        trial = Trial(winter=winter(35))
        step = live(trial, Step(SCHEDULE))

        guarded = live(trial, Guard(SCHEDULE, BEGIN, polled_every=polled_every))

        assert step.aux_kwh > 5
        assert guarded.aux_kwh == 0.0
        assert guarded.dh_per_day < step.dh_per_day
        assert guarded.total_kwh < step.total_kwh
        assert guarded.writes_per_day <= 40

    def test_in_deep_cold_the_strips_help_where_the_pump_alone_leaves_people_in_the_cold(self) -> None:
        trial = Trial(winter=winter(12))
        step = live(trial, Step(SCHEDULE))

        guarded = live(trial, Guard(SCHEDULE, BEGIN))

        assert 0 < guarded.aux_kwh < step.aux_kwh
        assert guarded.min_room_f >= step.min_room_f - 0.1
