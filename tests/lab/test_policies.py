"""The setpoint policies of people, and the winters to simulate them in."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import fmean, stdev

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.protection.decision import Decision, SetpointReason
from lab.guard import SETTINGS, GuardPolicy, UnsafeError, check_safety, schedule_blocks
from lab.home import Home
from lab.policies import ConstantSetpoint, PolicyView, RampedSetpoint, Schedule, ScheduledSetpoint
from lab.thermostat import Thermostat
from lab.trial import Trial, TrialMinute, simulate, simulate_minutes
from lab.units import celsius, fahrenheit
from lab.winter import Winter

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SCHEDULE = Schedule()


def winter(outdoor_f: float, days: int = 2) -> Winter:
    return Winter(
        begin=BEGIN,
        outdoor_c=(celsius(outdoor_f),) * (24 * days),
        sun_w_per_m2=(0.0,) * (24 * days),
    )


def make_view(hour: float) -> PolicyView:
    return PolicyView(
        at=BEGIN + timedelta(hours=hour),
        room_c=20.0,
        outdoor_c=0.0,
        heating=False,
        strips=False,
        setpoint_c=20.0,
        forecast=(),
    )


class TestWinter:
    def test_outdoor_temperature_is_interpolated_and_sun_is_hourly(self) -> None:
        three = Winter(begin=BEGIN, outdoor_c=(0.0, 6.0, 3.0), sun_w_per_m2=(0.0, 100.0, 50.0))

        assert [three.outdoor_at(minute) for minute in (0, 30, 60, 90, 120, 179)] == [
            0.0,
            3.0,
            6.0,
            4.5,
            3.0,
            3.0,
        ]
        assert [three.sun_at(minute) for minute in (0, 59, 60, 179)] == [0.0, 0.0, 100.0, 50.0]
        assert (three.minutes, three.days, three.instant_at(90)) == (
            180,
            0.125,
            BEGIN + timedelta(minutes=90),
        )

    def test_the_forecast_is_the_weather_ahead(self) -> None:
        three = Winter(begin=BEGIN, outdoor_c=(0.0, 6.0, 3.0), sun_w_per_m2=(0.0,) * 3)

        assert three.forecast_from(70, 24) == [
            (BEGIN + timedelta(hours=1), 6.0),
            (BEGIN + timedelta(hours=2), 3.0),
        ]

    def test_a_winter_can_be_made_colder(self) -> None:
        assert winter(50).colder_by(5).outdoor_at(0) == pytest.approx(celsius(50) - 5)

    @pytest.mark.parametrize(("outdoor", "sun"), [((), ()), ((1.0,), ())])
    def test_an_empty_winter_is_rejected(
        self, outdoor: tuple[float, ...], sun: tuple[float, ...]
    ) -> None:
        with pytest.raises(ValueError, match="one outdoor temperature"):
            Winter(begin=BEGIN, outdoor_c=outdoor, sun_w_per_m2=sun)

    def test_a_forecast_of_other_hours_is_rejected(self) -> None:
        with pytest.raises(ValueError, match="forecast"):
            Winter(begin=BEGIN, outdoor_c=(1.0, 2.0), sun_w_per_m2=(0.0, 0.0), forecast_c=(1.0,))

    def test_forecast_errors_change_by_day(self) -> None:
        misjudged = winter(50, days=3).with_forecast_errors(2.0, seed=1)
        errors = [
            forecast - outdoor
            for forecast, outdoor in zip(misjudged.forecast_c, misjudged.outdoor_c, strict=True)
        ]

        assert misjudged.outdoor_c == winter(50, days=3).outdoor_c
        assert [errors[hour] for hour in (0, 24, 48)] == pytest.approx(
            [errors[hour] for hour in (23, 47, 71)]
        )
        assert len({round(error, 9) for error in errors}) == 3
        assert misjudged.forecast_from(0, 1)[0][1] == misjudged.forecast_c[0]
        assert (
            misjudged
            == winter(50, days=3).with_forecast_errors(2.0, seed=1)
            != winter(50, days=3).with_forecast_errors(2.0, seed=2)
        )
        assert misjudged.colder_by(1).forecast_c == pytest.approx(
            [forecast - 1 for forecast in misjudged.forecast_c]
        )

    def test_forecast_errors_have_the_given_size(self) -> None:
        long = winter(50, days=400).with_forecast_errors(2.0, seed=1)

        assert stdev(long.forecast_c[::24]) == pytest.approx(2.0, rel=0.1)

    def test_days_can_be_cut_out(self) -> None:
        hours = tuple(float(hour) for hour in range(96))
        cut = Winter(begin=BEGIN, outdoor_c=hours, sun_w_per_m2=hours, forecast_c=hours).slice_days(
            1, 2
        )

        assert (cut.begin, cut.days, cut.outdoor_c[0], cut.forecast_c[-1]) == (
            BEGIN + timedelta(days=1),
            2,
            24.0,
            71.0,
        )


class TestPolicies:
    @pytest.mark.parametrize(
        ("hour", "wanted"), [(0, 62), (5.99, 62), (6, 70), (21.99, 70), (22, 62)]
    )
    def test_the_schedule(self, hour: float, wanted: float) -> None:
        assert fahrenheit(ScheduledSetpoint(SCHEDULE).setpoint_c(make_view(hour))) == pytest.approx(
            wanted
        )
        assert fahrenheit(ConstantSetpoint(SCHEDULE).setpoint_c(make_view(hour))) == pytest.approx(
            70
        )

    @pytest.mark.parametrize(
        ("f_per_h", "hour", "wanted"),
        [(1, 0, 64), (1, 5, 69), (1, 22, 62), (2, 0, 62), (2, 3, 64), (2, 12, 70)],
    )
    def test_a_ramp_is_there_in_time(self, f_per_h: float, hour: float, wanted: float) -> None:
        assert fahrenheit(
            RampedSetpoint(SCHEDULE, f_per_h).setpoint_c(make_view(hour))
        ) == pytest.approx(wanted)


class TestLive:
    def test_strips_recover_a_setback_and_hold_the_room_in_deep_cold(self) -> None:
        mild, cold = (
            simulate(Trial(winter=winter(outdoor)), ScheduledSetpoint(SCHEDULE))
            for outdoor in (35, 5)
        )

        assert 0 < mild.aux_kwh < cold.aux_kwh
        assert mild.total_kwh < cold.total_kwh
        assert (mild.writes_per_day, mild.min_room_f > 59) == (2.0, True)

    def test_a_lockout_keeps_the_strips_off(self) -> None:
        home = Home(thermostat=Thermostat(aux_lockout_c=celsius(35)))

        assert (
            simulate(Trial(winter=winter(36), home=home), ScheduledSetpoint(SCHEDULE)).aux_kwh
            == 0.0
        )

    def test_a_room_at_its_setpoint_has_no_degree_hours(self) -> None:
        assert simulate(
            Trial(winter=winter(50)), ConstantSetpoint(SCHEDULE)
        ).dh_per_day == pytest.approx(0.0, abs=0.3)

    def test_aux_is_reported_for_each_day(self) -> None:
        outcome = simulate(Trial(winter=winter(20, days=3)), ScheduledSetpoint(SCHEDULE))

        assert len(outcome.aux_by_day) == 3
        assert sum(outcome.aux_by_day) == pytest.approx(outcome.aux_kwh)

    def test_a_thermostat_schedule_keeps_writes_between_its_changes(self) -> None:
        setpoints = {5: 66.0, 12: 68.0}

        class Hand:
            def setpoint_c(self, view: PolicyView) -> float:
                temperature = setpoints.get(view.at.hour) if view.at.minute == 0 else None
                return view.setpoint_c if temperature is None else celsius(temperature)

        lived = list(
            simulate_minutes(Trial(winter=winter(40, days=1), thermostat_schedule=SCHEDULE), Hand())
        )

        assert [
            round(fahrenheit(lived[60 * hour].setpoint_c)) for hour in (0, 5, 6, 12, 21, 22)
        ] == [62, 66, 70, 68, 68, 62]
        assert [moment.at.hour for moment in lived if moment.is_written] == [5, 12]

    def test_a_thermostat_schedule_needs_no_writes(self) -> None:
        outcome = simulate(
            Trial(winter=winter(40), thermostat_schedule=SCHEDULE), ScheduledSetpoint(SCHEDULE)
        )

        assert outcome.writes_per_day == 0.0
        assert (
            outcome.aux_kwh
            == simulate(Trial(winter=winter(40)), ScheduledSetpoint(SCHEDULE)).aux_kwh
        )

    def test_a_noisy_sensor_is_what_the_thermostat_goes_by_and_not_what_the_room_is(self) -> None:
        watcher = RoomRecorder()
        lived = list(simulate_minutes(Trial(winter=winter(40), noise_k=0.2), watcher))
        room = [celsius(70), *(moment.state.room_c for moment in lived)]
        errors = [read - is_ for read, is_ in zip(watcher.room_readings, room, strict=False)]

        assert fmean(errors) == pytest.approx(0.0, abs=0.02)
        assert stdev(errors) == pytest.approx(0.2, rel=0.05)
        # Room and noise together reach the differential before the room does.
        quiet = list(simulate_minutes(Trial(winter=winter(40)), RoomRecorder()))
        assert count_compressor_starts(lived) > count_compressor_starts(quiet) > 0


@dataclass
class RoomRecorder:
    """A policy that changes nothing, and records the room temperatures it reads."""

    room_readings: list[float] = field(default_factory=list)

    def setpoint_c(self, view: PolicyView) -> float:
        self.room_readings.append(view.room_c)
        return view.setpoint_c


def count_compressor_starts(lived: list[TrialMinute]) -> int:
    calls = [moment.state.call.compressor for moment in lived]
    return sum(now and not before for before, now in pairwise(calls))


class TestGuard:
    @pytest.mark.parametrize(
        ("hour", "first"),
        [
            (0, (-2, 62)),
            (5.99, (-2, 62)),
            (6, (6, 70)),
            (21.99, (6, 70)),
            (22, (22, 62)),
            (23, (22, 62)),
        ],
    )
    def test_the_guard_gets_the_current_and_next_schedule_blocks(
        self, hour: float, first: tuple[float, float]
    ) -> None:
        planned = schedule_blocks(SCHEDULE, BEGIN + timedelta(hours=hour))
        hours = [(start - BEGIN) / timedelta(hours=1) for start, _ in planned]

        assert (hours[0], fahrenheit(planned[0][1])) == pytest.approx(first)
        assert hours == sorted(hours)
        assert hours[-1] >= hour + 24

    @pytest.mark.parametrize("polled_every", [1, 3])
    def test_above_the_balance_point_no_strips_run_and_nobody_is_colder(
        self, polled_every: int
    ) -> None:
        trial = Trial(winter=winter(35))
        step = simulate(trial, ScheduledSetpoint(SCHEDULE))

        guarded = simulate(trial, GuardPolicy(SCHEDULE, BEGIN, polled_every=polled_every))

        assert step.aux_kwh > 5
        assert guarded.aux_kwh == 0.0
        assert guarded.dh_per_day < step.dh_per_day
        assert guarded.total_kwh < step.total_kwh
        assert guarded.writes_per_day <= 40

    def test_in_deep_cold_the_strips_help_where_the_pump_alone_leaves_people_in_the_cold(
        self,
    ) -> None:
        trial = Trial(winter=winter(12))
        step = simulate(trial, ScheduledSetpoint(SCHEDULE))

        guarded = simulate(trial, GuardPolicy(SCHEDULE, BEGIN))

        assert 0 < guarded.aux_kwh < step.aux_kwh
        assert guarded.min_room_f >= step.min_room_f - 0.1


class TestSafety:
    """Checks in each step of each run."""

    @pytest.mark.parametrize(
        ("decision", "words"),
        [
            pytest.param(
                Decision(target=20.0, applied=21.0, requested=20.0),
                "more than the target",
                id="over the target",
            ),
            pytest.param(
                Decision(target=20.0, applied=12.0, requested=20.0),
                "under the floor",
                id="under the comfort floor",
            ),
            pytest.param(
                Decision(
                    target=21.0,
                    applied=21.0,
                    requested=20.0,
                    hold=(SetpointReason.MANUAL_HOLD, BEGIN),
                ),
                "raised over a hand",
                id="over a hand",
            ),
        ],
    )
    def test_an_unsafe_decision_stops_the_run(self, decision: Decision, words: str) -> None:
        state = engine.start(BEGIN, SETTINGS)
        step = engine.Step(state=state, view=replace(state.view, decision=decision), wake_at=BEGIN)

        with pytest.raises(UnsafeError, match=words):
            check_safety(step, SETTINGS)
