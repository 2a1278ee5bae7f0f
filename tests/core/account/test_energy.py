"""Energy and cost of aux heat, and the cost that the heat pump alone would have saved."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from math import pi, sin

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account import energy
from custom_components.aux_heat_guard.core.account.energy import (
    NO_AMOUNTS,
    UNREAD_METER,
    Amounts,
    MeterState,
)
from custom_components.aux_heat_guard.core.account.tracker import TrackerMemory
from custom_components.aux_heat_guard.core.curve import interpolate
from custom_components.aux_heat_guard.core.model import HeatState, Observation
from custom_components.aux_heat_guard.core.persistence.tracker import decode_meter, encode_meter
from custom_components.aux_heat_guard.core.settings.guard import (
    COLD_CLIMATE_COP,
    MAX_AUX_KW,
    MAX_COP,
    MIN_COP,
    STANDARD_COP,
    EnergySource,
    Settings,
)

from ..helpers import START, after, observe_state, quick
from ..random_lives import AUX, BY_ENERGY, is_close

OFF, PUMP, UNKNOWN = HeatState.OFF, HeatState.HEAT_PUMP, HeatState.UNKNOWN
HOUR = 3600
RATED, POWER, METER = (
    BY_ENERGY[each] for each in (EnergySource.RATED, EnergySource.POWER, EnergySource.METER)
)
COP_3 = replace(RATED, cop=((0.0, 3.0),), strips_kw=6)
type Change = float | str | HeatState | datetime | None


def observe_energy(seconds: float, state: HeatState = AUX, **more: Change) -> Observation:
    """Return an observation; weather and power are reported at that time by default."""
    at = after(seconds)
    changes: dict[str, Change] = {"outdoor_last_reported": at, "power_last_reported": at, **more}
    return replace(observe_state(state, at), **changes)  # type: ignore[arg-type]


def final_amounts(settings: Settings, *observations: Observation) -> Amounts:
    return run_changes(settings, *observations).ledger.amounts


def run_changes(settings: Settings, *observations: Observation) -> engine.State:
    state = engine.start(observations[0].at, settings)
    for each in observations:
        state = engine.step(state, each, settings).state
    return state


class TestRated:
    def test_rated_power_counts_while_aux_runs(self) -> None:
        state = run_changes(
            COP_3,
            observe_energy(0, PUMP),
            observe_energy(100),
            observe_energy(700, PUMP),
            observe_energy(HOUR),
        )

        assert state.ledger.amounts.kwh == pytest.approx(1.0)
        assert state.ledger.runs[0].kwh == pytest.approx(1.0)

    def test_a_tariff_that_changes_in_a_run_splits_it(self) -> None:
        state = run_changes(
            COP_3,
            observe_energy(0, price=0.1),
            observe_energy(600, price=0.4),
            observe_energy(1800, OFF, price=0.4),
        )

        assert state.ledger.amounts.cost == pytest.approx(1.0 * 0.1 + 2.0 * 0.4)
        assert state.ledger.runs[0].cost == pytest.approx(0.9)

    def test_unpriced_energy_is_tracked_separately(self) -> None:
        amounts = final_amounts(
            COP_3, observe_energy(0), observe_energy(600, price=0.5), observe_energy(1200, OFF)
        )

        assert [amounts.kwh, amounts.unpriced, amounts.cost] == pytest.approx([2.0, 1.0, 0.5])

    @pytest.mark.parametrize("price", [float("nan"), float("inf")])
    def test_an_invalid_price_is_ignored(self, price: float) -> None:
        assert is_close(
            final_amounts(COP_3, observe_energy(0, price=price), observe_energy(600, OFF)),
            Amounts(kwh=1.0, unpriced=1.0),
        )

    def test_a_negative_price_earns_money_and_avoids_nothing(self) -> None:
        amounts = final_amounts(
            COP_3, observe_energy(0, price=-0.2, outdoor=0.0), observe_energy(600, OFF, outdoor=0.0)
        )

        assert [amounts.cost, amounts.avoidable, amounts.unpriced] == pytest.approx(
            [-0.2, 0.0, 0.0]
        )

    def test_rated_power_leaves_no_unmeasured_time(self) -> None:
        assert (
            final_amounts(RATED, observe_energy(0), observe_energy(10 * HOUR, OFF)).unmeasured == 0
        )


class TestAvoidable:
    def test_avoidable_energy_follows_the_heat_pump_efficiency(self) -> None:
        amounts = final_amounts(
            COP_3,
            observe_energy(0, price=0.3, outdoor=-5.0),
            observe_energy(600, OFF, outdoor=-5.0),
        )

        assert amounts.avoidable == pytest.approx(0.3 * (1 - 1 / 3))

    @pytest.mark.parametrize("outdoor", [None, float("nan"), 200.0])
    def test_nothing_is_avoidable_in_unknown_weather(self, outdoor: float | None) -> None:
        amounts = final_amounts(
            COP_3, observe_energy(0, price=0.3, outdoor=outdoor), observe_energy(600, OFF)
        )

        assert is_close(amounts, Amounts(kwh=1.0, cost=0.3))

    def test_nothing_is_avoidable_in_stale_weather(self) -> None:
        # Reported at the start: known for three of six hours.
        amounts = final_amounts(
            COP_3,
            observe_energy(0, price=0.1, outdoor=-5.0),
            observe_energy(6 * HOUR, OFF, outdoor=-5.0, outdoor_last_reported=START),
        )

        assert amounts.outdoor_seconds == 3 * HOUR
        assert amounts.cost == pytest.approx(3.6)
        assert amounts.avoidable == pytest.approx(1.8 * (1 - 1 / 3))

    @pytest.mark.parametrize(("hours", "spared"), [(2.9, True), (3.1, False)])
    def test_metered_energy_is_avoidable_only_in_known_weather(
        self, hours: float, spared: bool
    ) -> None:
        settings = replace(METER, cop=((0.0, 3.0),))
        observations = [
            replace(
                observe_energy(hour * HOUR, meter_reading=1.0 + hour),
                outdoor=-5.0,
                outdoor_last_reported=START,
                price=0.3 / hours,
            )
            for hour in (0, hours)
        ]

        amounts = final_amounts(settings, *observations)

        assert amounts.avoidable == pytest.approx(0.2 if spared else 0.0)

    @pytest.mark.parametrize("curve", [STANDARD_COP, COLD_CLIMATE_COP])
    def test_the_curve_is_read_linearly_and_constant_beyond(
        self, curve: tuple[tuple[float, float], ...]
    ) -> None:
        for outdoor, cop in curve:
            assert interpolate(curve, outdoor) == pytest.approx(cop)
        (low, at_low), (high, at_high) = curve[1], curve[2]
        assert interpolate(curve, (low + high) / 2) == pytest.approx((at_low + at_high) / 2)
        assert interpolate(curve, -60) == curve[0][1] >= MIN_COP
        assert interpolate(curve, 60) == curve[-1][1] <= MAX_COP

    def test_the_default_curve_matches_field_data(self) -> None:
        assert interpolate(STANDARD_COP, (17 - 32) / 1.8) == pytest.approx(2.3, abs=0.01)
        assert interpolate(STANDARD_COP, (47 - 32) / 1.8) == pytest.approx(3.5, abs=0.01)
        assert interpolate(COLD_CLIMATE_COP, -15.0) == 1.75


class TestPower:
    @quick
    @given(period=st.floats(10, 240), swing=st.floats(1, 4000))
    def test_the_trapezoid_comes_close_to_the_closed_form(
        self, period: float, swing: float
    ) -> None:
        # Half a wave in an hour; the trapezoid's error is known, too.
        steps = int(HOUR / period)
        observations = [
            observe_energy(HOUR * n / steps, power=9000 + swing * sin(pi * n / steps))
            for n in range(steps + 1)
        ]

        amounts = final_amounts(POWER, *observations)

        assert amounts.kwh == pytest.approx(
            9 + swing / 1000 * 2 / pi, abs=swing / 1000 * (pi / steps) ** 2 / 6 + 1e-6
        )
        assert amounts.unmeasured == 0

    def test_half_a_ramp_is_half_its_height(self) -> None:
        assert final_amounts(
            POWER, observe_energy(0, power=1000), observe_energy(600, power=11_000)
        ).kwh == pytest.approx(1.0)

    @pytest.mark.parametrize(
        ("minutes", "kwh", "unmeasured"), [(15, 2.5, 0), (15.1, 0, 15.1), (120, 0, 120)]
    )
    def test_readings_more_than_a_quarter_of_an_hour_apart_are_not_bridged(
        self, minutes: float, kwh: float, unmeasured: float
    ) -> None:
        amounts = final_amounts(
            POWER, observe_energy(0, power=10_000), observe_energy(60 * minutes, power=10_001)
        )

        assert amounts.kwh == pytest.approx(kwh, abs=0.001)
        assert amounts.unmeasured == pytest.approx(60 * unmeasured)

    @quick
    @given(
        times=st.lists(st.floats(1, 7199), max_size=12).map(sorted), reading=st.floats(901, 7200)
    )
    def test_extra_steps_between_readings_do_not_matter(
        self, times: list[float], reading: float
    ) -> None:
        silent = [
            observe_energy(at, power=None, outdoor=float(number))
            for number, at in enumerate(times)
            if at < reading
        ]

        amounts = final_amounts(
            POWER, observe_energy(0, power=5000), *silent, observe_energy(reading, power=7000)
        )

        assert amounts.unmeasured == pytest.approx(reading)

    def test_a_reading_ends_the_gap_at_its_own_time(
        self,
    ) -> None:
        late = observe_energy(1500, power=6000, power_last_reported=after(840), outdoor=1.0)

        amounts = final_amounts(POWER, observe_energy(0, power=6000), late)

        assert amounts.kwh == pytest.approx(1.4)
        assert amounts.unmeasured == 0

    def test_a_reading_of_the_hour_before_holds_over_the_hour(self) -> None:
        assert (
            final_amounts(
                POWER, observe_energy(HOUR - 60, power=6000), observe_energy(HOUR + 10, power=6001)
            ).unmeasured
            == 0
        )

    def test_a_dead_meter_is_detected_before_it_returns(self) -> None:
        amounts = final_amounts(
            POWER, observe_energy(0, power=5000), observe_energy(2 * HOUR, OFF, power=None)
        )

        # The first quarter of an hour of the silence could still have been bridged.
        assert (amounts.kwh, amounts.unmeasured) == (0, 1.75 * HOUR)

    def test_before_its_first_reading_nothing_is_measured(self) -> None:
        amounts = final_amounts(
            POWER,
            observe_energy(0),
            observe_energy(100, power=1000),
            observe_energy(200, power=1000.1),
        )

        assert amounts.unmeasured == 100
        assert amounts.kwh == pytest.approx(100 * 1000 / 3.6e6, rel=1e-3)

    def test_only_the_time_in_which_aux_ran_is_unmeasured(self) -> None:
        amounts = final_amounts(
            POWER,
            observe_energy(0, OFF, power=0),
            observe_energy(300),
            observe_energy(600, OFF),
            observe_energy(HOUR, OFF, power=5),
        )

        assert amounts.unmeasured == 300

    def test_the_same_reading_again_adds_nothing(self) -> None:
        once = observe_energy(600, power=6000)

        assert final_amounts(
            POWER, observe_energy(0, power=6000), once, replace(once, at=after(700), outdoor=1.0)
        ).kwh == pytest.approx(1.0)

    def test_an_older_reading_is_ignored(self) -> None:
        late = observe_energy(650, power=100, power_last_reported=after(300))

        assert final_amounts(
            POWER,
            observe_energy(0, power=6000),
            observe_energy(600, power=6001),
            late,
            observe_energy(1200, power=6000),
        ).kwh == pytest.approx(2.0, rel=1e-3)

    @pytest.mark.parametrize("power", [None, float("nan"), float("inf")])
    def test_an_empty_reading_is_bridged(self, power: float | None) -> None:
        assert final_amounts(
            POWER,
            observe_energy(0, power=6000),
            observe_energy(300, power=power),
            observe_energy(600, power=6000),
        ).kwh == pytest.approx(1.0)

    def test_a_clock_set_back_restarts_the_meter_and_reports_unmeasured_time(self) -> None:
        amounts = final_amounts(
            POWER,
            observe_energy(0, power=6000),
            observe_energy(600, power=6001),
            observe_energy(-HOUR, power=None),
            observe_energy(-HOUR + 60),
            observe_energy(-HOUR + 120, power=9),
        )

        assert amounts.kwh == pytest.approx(1.0, rel=1e-3)
        assert amounts.unmeasured == 120

    def test_a_price_that_changes_between_two_readings_holds_from_then_on(self) -> None:
        amounts = final_amounts(
            POWER,
            observe_energy(0, power=6000, price=0.1),
            observe_energy(600, power=6001, price=0.4),
            observe_energy(1200, power=6000, price=0.4),
        )

        assert amounts.cost == pytest.approx(0.1 + 0.4, rel=1e-3)

    def test_a_restart_of_minutes_is_bridged_and_one_of_hours_is_not(self) -> None:
        before = run_changes(POWER, observe_energy(0, power=6000), observe_energy(60, power=6001))
        for seconds, kwh in ((660, 1.1), (2 * HOUR, 0.1)):
            state = engine.start(
                after(seconds), POWER, before.ledger, TrackerMemory(before.tracker.meter)
            )
            state = engine.step(state, observe_energy(seconds, power=6000), POWER).state
            assert state.ledger.amounts.kwh == pytest.approx(kwh, rel=1e-3)


class TestMeter:
    @pytest.mark.parametrize(
        ("counts", "kwh"),
        [
            pytest.param([100, 101.5, 101.5, 103], 3, id="grows"),
            pytest.param([5.2, 0, 0.4, 1.0], 1.0, id="is reset"),
            pytest.param([100, 99.9, 100, 100.5], 0.5, id="strays back and forth"),
            pytest.param([1234, 0, 1234, 1234.5], 0.5, id="falls to nothing and is back"),
            pytest.param([1234, 77_000, 77_001], 1, id="is replaced by a larger one"),
            pytest.param([77_000, 1234, 1235], 1, id="is replaced by a smaller one"),
            pytest.param([100, None, 102], 2, id="is away for a while"),
            pytest.param([100, float("nan"), float("inf"), 102], 2, id="says what is no number"),
            pytest.param([None, 100, 101], 1, id="comes late"),
            pytest.param(
                [100, 100 + MAX_AUX_KW / 6 + 1.01], 0, id="claims more than any home draws"
            ),
        ],
    )
    def test_meter_growth_is_counted(self, counts: list[float | None], kwh: float) -> None:
        observations = [
            observe_energy(600 * number, meter_reading=count, outdoor=float(number))
            for number, count in enumerate(counts)
        ]

        assert final_amounts(METER, *observations).kwh == pytest.approx(kwh)

    @pytest.mark.parametrize(
        ("readings", "kwh"),
        [
            pytest.param([(0, 12.0), (5, 0), (20, 12.0)], 0, id="for a quarter of an hour"),
            pytest.param(
                [(0, 4.95), (5, 0), (25, 4.95)],
                0,
                id="from so little that it could have grown by that",
            ),
            pytest.param([(0, 2.0), (5, 0), (20, 2.1)], 0.1, id="and went on counting meanwhile"),
            pytest.param(
                [(0, 12.0), (5, 0), (15, 0.5), (20, 12.5)],
                0.5,
                id="and counted meanwhile from nothing",
            ),
            pytest.param(
                [(0, 12.0), (5, 0), (15, 0.5), (20, 12.7)],
                0.7,
                id="and told a part of what it counted meanwhile",
            ),
            pytest.param(
                [(0, 12.0), (5, 0), (125, 12.0)], 0, id="for hours, and is back at the very figure"
            ),
            pytest.param(
                [(0, 12.0), (5, 0), (20, 11.95), (40, 12.5)],
                0.5,
                id="at what it had stored a little before",
            ),
            pytest.param(
                [(0, 12.0), (5, 0), (6, 0.3), (7, 0), (20, 12.5)], 0.3, id="in many steps"
            ),
            pytest.param([(0, 12.0), (5, 900), (125, 12.0), (185, 13.0)], 1, id="from above"),
            pytest.param([(0, 2.0), (5, 0), (45, 2.1)], 2.1, id="so late that it was reset"),
            pytest.param(
                [(0, 12.0), (5, 0), (60, 4.0), (120, 8.0), (180, 12.0), (240, 16.0)],
                16,
                id="by growing there",
            ),
            pytest.param(
                [(0, 8.0), (5, 0), (30, 2.0), (35, 0), (50, 2.0)], 2.0, id="after it was reset"
            ),
        ],
    )
    def test_a_meter_dip_and_return_counts_nothing(
        self, readings: list[tuple[float, float]], kwh: float
    ) -> None:
        assert final_amounts(
            METER, *(observe_energy(60 * minute, meter_reading=count) for minute, count in readings)
        ).kwh == pytest.approx(kwh)

    def test_a_restart_keeps_the_last_meter_reading(self) -> None:
        before = run_changes(
            METER, observe_energy(0, meter_reading=12.0), observe_energy(60, meter_reading=0)
        )
        memo = decode_meter(encode_meter(before.tracker.meter))
        state = engine.start(after(900), METER, before.ledger, TrackerMemory(memo))

        assert (
            engine.step(
                state, observe_energy(900, meter_reading=12.0), METER
            ).state.ledger.amounts.kwh
            == 0
        )

    @pytest.mark.parametrize(
        ("strips_kw", "readings", "kwh"),
        [
            pytest.param(
                10, [(0, 50.0), (60, 70.0)], 12.0, id="more than they can draw in an hour"
            ),
            pytest.param(20, [(0, 50.0), (60, 70.0)], 20.0, id="as much as they can"),
            pytest.param(10, [(0, 50.0), (20, 4.95)], 0, id="more after a fall than they can draw"),
            pytest.param(20, [(0, 50.0), (20, 4.95)], 4.95, id="as much after a reset as they can"),
            pytest.param(0, [(0, 50.0), (60, 70.0)], 20.0, id="of whatever power"),
            pytest.param(
                10, [(0, -3.0), (60, -1.0), (61, 5.0), (62, 5.1)], 0.1, id="under nothing"
            ),
        ],
    )
    def test_meter_growth_is_bounded_by_the_rated_power(
        self, strips_kw: float, readings: list[tuple[float, float]], kwh: float
    ) -> None:
        settings = replace(METER, strips_kw=strips_kw)

        assert final_amounts(
            settings,
            *(observe_energy(60 * minute, meter_reading=count) for minute, count in readings),
        ).kwh == pytest.approx(kwh)

    def test_a_whole_kilowatt_hour_may_come_at_once(self) -> None:
        assert (
            final_amounts(
                METER,
                observe_energy(0, meter_reading=7),
                observe_energy(1, meter_reading=8),
                observe_energy(2, meter_reading=9),
            ).kwh
            == 2
        )

    @quick
    @given(grown=st.lists(st.floats(0, 5), max_size=15), resets=st.sets(st.integers(0, 14)))
    def test_a_meter_reset_counts_each_kwh_once(self, grown: list[float], resets: set[int]) -> None:
        count, observations = 100.0, [observe_energy(0, meter_reading=100.0)]
        for number, more in enumerate(grown, start=1):
            if number in resets and more != count:
                # A counter that has passed its old value at the next reading, or is back at exactly
                # that value in one step, looks as if it was never reset.
                count = 0.0
                observations.append(observe_energy(HOUR * number - 1900, meter_reading=count))
            count += more
            observations.append(observe_energy(HOUR * number, meter_reading=count))

        assert final_amounts(METER, *observations).kwh == pytest.approx(sum(grown), abs=1e-6)

    def test_energy_is_priced_as_of_before_the_reading(self) -> None:
        amounts = final_amounts(
            METER,
            observe_energy(0, meter_reading=1, price=0.1),
            observe_energy(600, meter_reading=2, price=0.4),
            observe_energy(1200, meter_reading=3, price=0.4),
        )

        assert amounts.cost == pytest.approx(0.5)

    def test_a_restart_neither_loses_nor_doubles_meter_energy(self) -> None:
        before = run_changes(
            METER, observe_energy(0, meter_reading=50), observe_energy(600, meter_reading=51)
        )
        state = engine.start(
            after(2 * HOUR), METER, before.ledger, TrackerMemory(before.tracker.meter)
        )
        for seconds in (2 * HOUR, 2 * HOUR + 1):
            state = engine.step(
                state, observe_energy(seconds, meter_reading=53, outdoor=seconds / HOUR), METER
            ).state

        assert state.ledger.amounts.kwh == 3

    def test_meter_growth_during_rated_counting_is_not_counted_twice(self) -> None:
        state = run_changes(
            METER, observe_energy(0, meter_reading=50), observe_energy(600, meter_reading=51)
        )
        for seconds, settings, count in (
            (601, RATED, 51),
            (HOUR, RATED, 60),
            (HOUR + 1, METER, 60.1),
            (HOUR + 601, METER, 61.1),
        ):
            state = engine.step(
                engine.with_settings(state, settings),
                observe_energy(seconds, meter_reading=count),
                settings,
            ).state

        assert state.ledger.amounts.kwh == pytest.approx(1 + 10 * (HOUR - 600) / HOUR + 1, abs=0.01)

    def test_metered_energy_is_credited_to_the_run(self) -> None:
        state = run_changes(
            METER,
            observe_energy(0, PUMP, meter_reading=1),
            observe_energy(60, meter_reading=1),
            observe_energy(660, meter_reading=2.5),
            observe_energy(700, OFF, meter_reading=2.6),
        )

        assert state.ledger.runs[0].kwh == pytest.approx(1.6)


class TestWeather:
    def test_the_outdoor_mean_is_weighted_by_time(self) -> None:
        amounts = final_amounts(
            RATED,
            observe_energy(0, OFF, outdoor=-6.0),
            observe_energy(HOUR, OFF, outdoor=0.0),
            observe_energy(3 * HOUR, OFF, outdoor=1.0),
        )

        assert amounts.outdoor == pytest.approx(-2.0)
        assert amounts.outdoor_seconds == 3 * HOUR

    def test_an_unchanged_report_confirms_the_whole_interval(self) -> None:
        amounts = final_amounts(
            RATED, observe_energy(0, OFF, outdoor=4.0), observe_energy(5 * HOUR, PUMP, outdoor=4.0)
        )

        assert amounts.outdoor_seconds == 5 * HOUR

    def test_an_unrepeated_report_is_valid_for_three_hours(self) -> None:
        amounts = final_amounts(
            RATED, observe_energy(0, OFF, outdoor=4.0), observe_energy(5 * HOUR, PUMP, outdoor=9.0)
        )

        assert (amounts.outdoor_seconds, amounts.outdoor) == (3 * HOUR, 4.0)

    def test_weather_without_a_report_time_is_accepted(self) -> None:
        observations = [
            observe_energy(0, OFF, outdoor=4.0, outdoor_last_reported=None),
            observe_energy(9 * HOUR, PUMP, outdoor_last_reported=None),
        ]

        assert final_amounts(RATED, *observations).outdoor_seconds == 9 * HOUR

    @pytest.mark.parametrize("outdoor", [float("nan"), float("inf"), 1e9, -273.0])
    def test_impossible_weather_does_not_spoil_the_history(self, outdoor: float) -> None:
        assert (
            final_amounts(
                RATED, observe_energy(0, OFF, outdoor=outdoor), observe_energy(HOUR, PUMP)
            )
            == NO_AMOUNTS
        )


class TestAmounts:
    def test_amounts_are_added_subtracted_and_split_by_field(self) -> None:
        ones = Amounts(
            **{field.name: float(value) for value, field in enumerate(fields(Amounts), 1)}
        )

        assert ones + ones == ones.scale(2)
        assert ones + ones - ones == ones
        assert ones.scale(0.5) + ones.scale(0.5) == ones
        assert ones - ones == NO_AMOUNTS

    def test_changed_settings_restart_the_meter(self) -> None:
        counted = MeterState(count=5.0, read_at=START)

        assert counted.take_reading(observe_energy(1, meter_reading=6.0), RATED) == (
            UNREAD_METER,
            0.0,
        )
        assert counted.take_reading(observe_energy(1, power=6.0), POWER) == (
            MeterState(power=6.0, read_at=after(1)),
            0.0,
        )
        assert MeterState(power=6.0, read_at=START).take_reading(
            observe_energy(1, meter_reading=6.0), METER
        ) == (
            MeterState(count=6.0, read_at=after(1)),
            0.0,
        )

    def test_no_time_draws_nothing(self) -> None:
        assert energy.aux_amounts(START, START, None, UNREAD_METER, RATED) == NO_AMOUNTS
        assert (
            UNREAD_METER.unmeasured_interval(
                MeterState(power=1.0, count=None, read_at=START + timedelta(days=1))
            )
            is None
        )


@pytest.mark.parametrize(
    ("readings", "joules"),
    [
        # A meter that reports changes is silent without power, and then reports all at once.
        ([(0, 0), (600, 9000), (660, 9000), (1200, 0)], 600 * 9000),
        # For a meter that is read each minute, the energy missing at the start is added at the end.
        ([(0, 0), (60, 9000), (120, 9000), (180, 0)], 120 * 9000),
        # Without switching, power changes evenly, however long that takes.
        ([(0, 3000), (600, 5000)], 600 * 4000),
        ([(0, 800), (600, 9000)], 600 * 4900),
    ],
    ids=["on change", "each minute", "evenly", "a blower before"],
)
def test_a_metered_strip_switches_at_the_reading(
    readings: list[tuple[float, float]], joules: float
) -> None:
    assert final_amounts(
        POWER, *(observe_energy(second, power=watts) for second, watts in readings)
    ).kwh == pytest.approx(joules / 3_600_000)
