"""The trend of the room temperature, with thermometers of all kinds."""

from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.alerts.trend import (
    COARSEST_STEP,
    MAX_LOOKBACK,
    NO_TREND,
    SAMPLE_SPACING,
    Trend,
)
from custom_components.aux_heat_guard.core.units import (
    celsius_from_fahrenheit,
    kelvin_from_fahrenheit,
)

from ..helpers import after

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def follow_readings(*readings: tuple[float, float | None], trend: Trend = NO_TREND) -> Trend:
    """Follow readings, each (minutes after the start, °C)."""
    for minutes, room in readings:
        trend = trend.with_reading(after(minutes=minutes), room)
    return trend


def make_rising_trend(rate: float, minutes: int, step: float, start: float = 20.0) -> Trend:
    """Return the trend of a room that rises by some K/h, read each minute with a coarse sensor."""
    return follow_readings(
        *(
            (minute, round((start + rate * minute / 60) / step) * step)
            for minute in range(minutes + 1)
        )
    )


class TestFall:
    @pytest.mark.parametrize(
        ("rate", "step", "falls"),
        [
            pytest.param(-1.0, 0.1, True, id="fast"),
            pytest.param(-0.2, 0.1, False, id="slowly"),
            pytest.param(0.0, 0.1, False, id="not at all"),
            pytest.param(-1.0, 1.0, True, id="fast, by a coarse thermometer"),
            pytest.param(-0.4, 1.0, False, id="hardly faster than asked, by a coarse thermometer"),
        ],
    )
    def test_a_clearly_falling_room_is_detected(
        self, rate: float, step: float, falls: bool
    ) -> None:
        trend = make_rising_trend(rate, 180, step)

        assert trend.rises_slower_than(after(minutes=180), -0.3, after(0)).holds is falls


class TestRise:
    def test_the_rise_is_unknown_without_enough_readings(self) -> None:
        trend = follow_readings((0, 20.0), (30, 20.5))

        assert trend.rise(after(minutes=30), HOUR) is None
        assert trend.rise(after(minutes=60), HOUR) == pytest.approx(0.5)

    def test_the_rise_of_an_empty_trend_is_unknown(self) -> None:
        assert NO_TREND.rise(after(0), HOUR) is None
        assert NO_TREND.rise_from_lowest(after(0), HOUR) == 0.0

    @pytest.mark.parametrize(
        "readings", [[(0, None), (60, 20.0)], [(0, 20.0), (60, None)]], ids=["then", "now"]
    )
    def test_the_rise_is_unknown_without_both_ends(
        self, readings: list[tuple[float, float | None]]
    ) -> None:
        assert follow_readings(*readings).rise(after(minutes=60), HOUR) is None

    def test_a_room_above_its_lowest(self) -> None:
        trend = follow_readings((0, 18.0), (70, 20.0), (80, 19.0), (90, None), (100, 20.5))

        assert (
            follow_readings((100, None), trend=trend).rise_from_lowest(after(minutes=100), HOUR)
            == 0.0
        )
        assert trend.rise_from_lowest(after(minutes=100), HOUR) == pytest.approx(1.5)
        assert trend.rise_from_lowest(after(minutes=100), 2 * HOUR) == pytest.approx(2.5)

    @pytest.mark.parametrize(
        ("readings", "risen"),
        [
            pytest.param([], 0.0, id="nothing told"),
            pytest.param([(0, 20.0)], 0.0, id="one reading"),
            pytest.param(
                [(0, 20.0), (10, 19.0), (20, 19.6), (30, 19.2)], 0.6, id="down, up and down"
            ),
            pytest.param([(0, 20.0), (10, 19.0), (20, 18.0)], 0.0, id="down only"),
            pytest.param([(0, 19.0), (10, None), (20, 20.0), (30, None)], 1.0, id="over gaps"),
            pytest.param(
                [(0, 18.0), (70, 20.0), (80, 20.5)], 0.5, id="what is long ago does not count"
            ),
            pytest.param([(0, 20.0), (2, 20.5)], 0.5, id="to what was told last"),
        ],
    )
    def test_how_far_it_rose_at_any_time(
        self, readings: list[tuple[float, float | None]], risen: float
    ) -> None:
        at = after(minutes=max((minutes for minutes, _ in readings), default=0))

        assert follow_readings(*readings).max_rise(at, HOUR) == pytest.approx(risen)


class TestSurelySlow:
    """The required rate is 0.3 K an hour."""

    @pytest.mark.parametrize(
        ("rate", "minutes", "step", "holds"),
        [
            pytest.param(
                0.0,
                60,
                0.1,
                False,
                id="it stands still, and the thermometer has not told its step yet",
            ),
            pytest.param(
                0.0, 120, 0.1, True, id="it stood still for longer than the coarsest step tells"
            ),
            pytest.param(0.1, 180, 0.1, True, id="it rises too slowly"),
            pytest.param(0.5, 240, 0.1, False, id="it rises"),
            pytest.param(1.0, 240, 0.5, False, id="it rises, told by half degrees"),
            pytest.param(-0.5, 90, 0.1, True, id="it falls"),
        ],
    )
    def test_a_room_is_slow_when_rounding_cannot_explain_it(
        self, rate: float, minutes: int, step: float, holds: bool
    ) -> None:
        trend = make_rising_trend(rate, minutes, step)

        assert trend.rises_slower_than(after(minutes=minutes), 0.3, after(0)).holds is holds

    def test_slowness_is_unknown_without_old_readings(self) -> None:
        assert (
            make_rising_trend(0.0, 30, 0.1)
            .rises_slower_than(after(minutes=30), 0.3, after(hours=-2))
            .holds
            is None
        )

    def test_readings_before_the_window_do_not_count(self) -> None:
        trend = follow_readings(
            *((minute, 20.0) for minute in range(0, 180, 5)),
            *((minute, 20.0 + (minute - 180) / 60) for minute in range(180, 245, 5)),
        )

        assert trend.rises_slower_than(after(minutes=240), 0.3, after(minutes=180)).holds is False

    def test_a_gap_an_hour_ago_does_not_hide_that_it_was_colder_before(self) -> None:
        readings = [(minute, None if 110 <= minute <= 130 else 20.0) for minute in range(0, 185, 5)]

        assert (
            follow_readings(*readings).rises_slower_than(after(minutes=180), 0.3, after(0)).holds
            is True
        )

    @given(
        rate=st.floats(0.31, 3),
        step=st.sampled_from([0.1, 0.5, COARSEST_STEP, 1.0]),
        start=st.floats(15, 25),
        minutes=st.integers(60, 240),
    )
    def test_a_room_that_rises_fast_enough_is_never_slow(
        self, rate: float, step: float, start: float, minutes: int
    ) -> None:
        # A coarser sensor shows its step only as it rises: until then a step of 1 °F is assumed.
        assume(step <= COARSEST_STEP or rate * minutes / 60 >= 2 * step)

        assert (
            make_rising_trend(rate, minutes, step, start)
            .rises_slower_than(after(minutes=minutes), 0.3, after(0))
            .holds
            is not True
        )


class TestStep:
    @pytest.mark.parametrize(
        ("readings", "step"),
        [
            pytest.param([(0, 20.0)], COARSEST_STEP, id="one reading"),
            pytest.param([(0, 20.0), (1, 20.5)], 0.5, id="half a degree"),
            pytest.param([(0, 20.0), (1, 20.5), (2, 20.6)], 0.1, id="the smallest counts"),
            pytest.param([(0, 20.0), (1, 20.1), (2, 21.0)], 0.1, id="and stays"),
            pytest.param([(0, 20.0), (1, 21.0)], 1.0, id="whole degrees"),
            pytest.param(
                [(0, 20.0), (1, 24.0)], COARSEST_STEP, id="a room that changed while nobody looked"
            ),
            pytest.param(
                [(0, celsius_from_fahrenheit(70)), (1, celsius_from_fahrenheit(71))],
                kelvin_from_fahrenheit(1),
                id="whole degrees Fahrenheit",
            ),
            pytest.param([(0, 20.0), (1, 20.01)], COARSEST_STEP, id="what comes of converting"),
            pytest.param([(0, 20.0), (1, None), (2, 20.5)], COARSEST_STEP, id="over a gap"),
        ],
    )
    def test_a_thermometer_is_as_coarse_as_its_smallest_difference(
        self, readings: list[tuple[float, float | None]], step: float
    ) -> None:
        assert follow_readings(*readings).step == pytest.approx(step)


class TestFollowed:
    def test_there_is_a_sample_every_few_minutes_and_the_last_reading(self) -> None:
        trend = follow_readings((0, 20.0), (1, 20.1), (4, 20.3), (5, 20.4), (9, 20.2))

        assert [(sample.at, sample.room) for sample in trend.samples] == [
            (after(0), 20.0),
            (after(minutes=5), 20.4),
        ]
        assert trend.latest == 20.2

    def test_an_unchanged_reading_reuses_the_trend(self) -> None:
        trend = follow_readings((0, 20.0), (1, 20.1))

        assert trend.with_reading(after(minutes=2), 20.1) is trend

    def test_a_clock_that_was_set_back_starts_anew_and_keeps_the_step(self) -> None:
        trend = follow_readings((60, 20.0), (61, 20.1), (0, 20.0))

        assert [sample.at for sample in trend.samples] == [after(0)]
        assert trend.step == pytest.approx(0.1)

    @given(minutes=st.lists(st.floats(0, 60), max_size=300))
    def test_samples_are_kept_only_as_long_as_needed(self, minutes: list[float]) -> None:
        trend, at = NO_TREND, after(0)
        begin = at
        for wait in minutes:
            at += wait * MINUTE
            trend = trend.with_reading(at, 20.0)
        assert len(trend.samples) <= MAX_LOOKBACK / SAMPLE_SPACING + 2
        if minutes and at - begin >= MAX_LOOKBACK + HOUR:
            assert trend.rise(at, MAX_LOOKBACK) == 0.0
