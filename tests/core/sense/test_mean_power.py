"""The runs shown by a meter that reports means over minutes."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import Source
from custom_components.aux_heat_guard.core.sense import signals
from custom_components.aux_heat_guard.core.sense.kinds import ThresholdSignal
from custom_components.aux_heat_guard.core.settings.guard import (
    MAX_MEAN_WINDOW,
    POWER_OFF,
    POWER_ON,
    Settings,
)
from custom_components.aux_heat_guard.core.settings.signal import SignalMemory, Timing

from ..helpers import START, after, make_observation, step_until

METER = ThresholdSignal(
    Source("sensor.strips"), POWER_ON.default, POWER_OFF.default, unit="W", element_count=2
)
AT_ONCE = replace(METER, timing=Timing(timedelta(0), timedelta(0)))
type Spans = list[tuple[float, float]]


def make_runs(random: Random, minutes: float, days: int) -> Spans:
    """Return runs of about some minutes, half an hour apart, each (start, end) in seconds."""
    spans, at = [], 0.0
    while at < 86_400 * days:
        start = at + 120 + random.expovariate(1 / 1800)
        at = start + max(120.0, random.gauss(60 * minutes, 18 * minutes))
        spans.append((start, at))
    return spans


def mean_readings(spans: Spans, period: float, watts: float) -> list[tuple[float, float]]:
    """Return the mean of a power over each period, at the end of the period."""
    shares: dict[int, float] = {}
    for start, end in spans:
        for number in range(int(start // period), int(end // period) + 1):
            inside = min(end, (number + 1) * period) - max(start, number * period)
            shares[number] = shares.get(number, 0.0) + inside / period
    last = max(shares) + 2
    return [
        ((number + 1) * period, round(watts * shares.get(number, 0.0))) for number in range(last)
    ]


def aux_seconds(readings: list[tuple[float, float]], signal: ThresholdSignal = METER) -> float:
    return count_aux_seconds(readings, signal).ledger.totals.aux


def count_aux_seconds(
    readings: list[tuple[float, float]], signal: ThresholdSignal = METER
) -> engine.State:
    settings = Settings(signals=(signal,))
    state = engine.start(START, settings)
    for at, watts in [*readings, (readings[-1][0] + 100, 0)]:
        state = step_until(state, make_observation(after(at), watts, action="heating"), settings)
    return state


@pytest.mark.parametrize(
    ("minutes", "period", "percent"),
    [(12, 60, 2), (30, 60, 1), (30, 120, 2), (30, 300, 3), (12, 120, 3)],
)
def test_mean_power_readings_add_up_to_the_true_runtime(
    minutes: float, period: float, percent: float
) -> None:
    spans = make_runs(Random(13), minutes, 4)  # noqa: S311 -- nothing is hidden
    measured, true = (
        aux_seconds(mean_readings(spans, period, 10_000)),
        sum(end - start for start, end in spans),
    )

    assert 100 * abs(measured / true - 1) < percent
    # All thresholds of a fixed power do this.
    assert aux_seconds(
        mean_readings(spans, period, 10_000), replace(METER, element_count=0)
    ) > measured * (1 + 0.3 * period / (60 * minutes))


@pytest.mark.parametrize("elements", [1, 2, 3, 4])
def test_a_run_continues_while_elements_switch_off_in_turn(elements: int) -> None:
    signal = replace(METER, element_count=elements)
    readings = [
        (0.0, 0.0),
        *((60.0 * (elements - number), 5000.0 * number) for number in range(elements, 0, -1)),
        (600, 0),
    ]

    state = count_aux_seconds(readings, signal)

    assert state.ledger.totals.cycles == 1
    assert state.ledger.totals.aux == 600 - readings[1][0]


def test_a_steady_power_between_the_thresholds_is_a_run() -> None:
    # A fan, or an unknown third element. It is reported once, because it does not change.
    state = count_aux_seconds([(0, 0), (60, 10_000), (600, 3000), (1800, 0)])

    assert state.ledger.totals.aux == 540 + 1200 - MAX_MEAN_WINDOW.total_seconds()


def test_two_powers_between_the_thresholds_are_a_run() -> None:
    state = count_aux_seconds([(0, 0), (60, 10_000), (600, 3000), (660, 3010), (1800, 0)])

    assert state.ledger.totals.aux == 540 + 1200 - 60


def test_meters_that_follow_the_power_at_once_lose_nothing() -> None:
    state = count_aux_seconds([(0, 0), (60, 10_000), (600, 3000), (602, 2990), (1800, 0)])

    assert (state.ledger.totals.aux, state.ledger.totals.cycles) == (1740, 1)


def test_a_fan_on_the_same_circuit_does_not_hold_a_run() -> None:
    assert aux_seconds([(0, 600), (60, 10_600), (600, 610), (630, 600), (3000, 590)]) == 540


def test_a_gap_forgets_the_level() -> None:
    memory = SignalMemory()
    for watts in (10_000, "unavailable", 3000):
        evidence, memory = signals.sense(AT_ONCE, watts, make_observation(START, watts), memory)

    assert evidence.is_on is True


@pytest.mark.parametrize(
    ("at", "due"), [(after(60), after(60) + MAX_MEAN_WINDOW), (after(600), None)]
)
def test_a_wake_is_requested_when_a_steady_power_is_no_mean(
    at: datetime, due: datetime | None
) -> None:
    memory = SignalMemory(is_on=True, peak_power=10_000)
    _, memory = signals.sense(AT_ONCE, 3000, make_observation(after(60), 3000), memory)

    assert signals.next_change(AT_ONCE, make_observation(at, 3000), memory) == due


def test_a_clock_set_back_restarts_the_time() -> None:
    memory = SignalMemory(is_on=True, peak_power=10_000, dropped_power=3000, dropped_at=after(3600))
    _, memory = signals.sense(AT_ONCE, 3000, make_observation(after(60), 3000), memory)

    assert memory.dropped_at == after(60)


def test_a_zero_lower_threshold_does_not_divide_by_zero() -> None:
    signal = replace(AT_ONCE, on_above=0, off_below=-10)
    memory = SignalMemory()
    for watts in (0, -5, 0.0, 7):
        evidence, memory = signals.sense(signal, watts, make_observation(START, watts), memory)

    assert evidence.is_on is True
