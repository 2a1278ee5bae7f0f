"""The variants of the benchmark house."""

from datetime import UTC, datetime

import pytest

from lab.heat_pump import capacity_w
from lab.policies import ScheduledSetpoint
from lab.trial import simulate
from lab.units import celsius, fahrenheit
from lab.variants import BASE, VARIANTS, Variant
from lab.winter import Winter

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
PUMP = VARIANTS[BASE].home.equipment.pump
GUARDS_OWN = {"capacity_high", "capacity_low", "forecast_error"}


def winter(outdoor_f: float, days: int = 1) -> Winter:
    return Winter(
        begin=MONDAY,
        outdoor_c=(celsius(outdoor_f),) * (24 * days),
        sun_w_per_m2=(0.0,) * (24 * days),
    )


def test_all_variants_differ() -> None:
    for name, variant in VARIANTS.items():
        assert sum(variant == other for other in VARIANTS.values()) == 1
        assert (variant.without_guard_settings == VARIANTS[BASE]) is (name in GUARDS_OWN | {BASE})


@pytest.mark.parametrize(
    ("name", "outdoor_f", "share"),
    [
        ("undersized", 47, 2 / 3),
        ("undersized", 17, 2 / 3),
        ("cold_climate", 47, 1.0),
        ("defrost", 17, 1.0),
    ],
)
def test_a_pump_of_another_size(name: str, outdoor_f: float, share: float) -> None:
    pump = VARIANTS[name].home.equipment.pump

    assert capacity_w(pump, celsius(outdoor_f)) == pytest.approx(
        share * capacity_w(PUMP, celsius(outdoor_f))
    )


def test_a_pump_for_cold_climates_has_seventy_percent_at_5_degrees_and_is_better_everywhere() -> (
    None
):
    pump = VARIANTS["cold_climate"].home.equipment.pump
    least = capacity_w(pump, celsius(47)) * 0.7

    assert capacity_w(pump, celsius(5)) == pytest.approx(least)
    assert pump.warm.cop > PUMP.warm.cop
    assert pump.cold.cop > 1.75


def test_wrong_pump_settings_differ_by_a_quarter() -> None:
    base, high, low = (VARIANTS[name].settings for name in (BASE, "capacity_high", "capacity_low"))

    assert [
        settings.protection.heat_up_rate / base.protection.heat_up_rate for settings in (high, low)
    ] == pytest.approx([1.25, 0.75])
    assert [
        fahrenheit(settings.alerts.balance_point) for settings in (high, base, low)
    ] == pytest.approx([18.75, 25, 31.25])


def test_one_variant_has_forecast_errors() -> None:
    assert [
        name for name, variant in VARIANTS.items() if variant.trial(winter(40)).winter.forecast_c
    ] == ["forecast_error"]


@pytest.mark.parametrize("name", VARIANTS)
def test_the_guard_spares_aux_of_a_cold_morning(name: str) -> None:
    variant, cold = VARIANTS[name], winter(28)
    trial = variant.trial(cold)
    step = simulate(trial, ScheduledSetpoint(trial.schedule))

    guarded = simulate(trial, variant.guard(cold, polled_every=3))

    assert guarded.aux_kwh <= step.aux_kwh
    # The guard does not know yet what is not configured.
    assert guarded.aux_kwh < step.aux_kwh or not step.aux_kwh or variant.is_thermostat_scheduled


def test_an_unknown_schedule_is_learned_within_days() -> None:
    variant, week = VARIANTS["own_schedule"], winter(35, days=5)
    step = simulate(variant.trial(week), ScheduledSetpoint(variant.schedule))

    guarded = simulate(variant.trial(week), variant.guard(week, polled_every=3))

    assert guarded.aux_by_day[0] == step.aux_by_day[0] > 0
    assert guarded.aux_by_day[4] < 0.5 * step.aux_by_day[4]


def test_no_setback_is_the_same_all_day() -> None:
    trial = VARIANTS["no_setback"].trial(winter(40, days=1))

    assert {
        trial.schedule.setpoint_at(trial.winter.instant_at(60 * hour)) for hour in range(24)
    } == {celsius(70)}


def test_a_custom_variant_can_be_made() -> None:
    assert Variant() == VARIANTS[BASE]
