import pytest

from lab.units import S_PER_H, celsius, fahrenheit
from lab.weather import DAY_S, WinterDay, outdoor_c, sun_w_per_m2

DAY = WinterDay(mean_c=-4.0, swing_k=6.0, sun_w_per_m2=400.0)


def test_it_is_coldest_at_six_and_warmest_at_eighteen() -> None:
    assert outdoor_c(DAY, 6 * S_PER_H) == pytest.approx(-10.0)
    assert outdoor_c(DAY, 18 * S_PER_H) == pytest.approx(2.0)


def test_the_mean_temperature_is_the_configured_one() -> None:
    assert sum(outdoor_c(DAY, hour * S_PER_H) for hour in range(24)) / 24 == pytest.approx(-4.0)


def test_the_days_repeat() -> None:
    assert outdoor_c(DAY, 40_000.0) == pytest.approx(outdoor_c(DAY, 40_000.0 + 3 * DAY_S))
    assert sun_w_per_m2(DAY, 40_000.0) == pytest.approx(sun_w_per_m2(DAY, 40_000.0 + 3 * DAY_S))


@pytest.mark.parametrize(("hour", "watts"), [(0, 0.0), (6, 0.0), (12, 400.0), (18, 0.0)])
def test_the_sun_shines_from_seven_to_five(hour: int, watts: float) -> None:
    assert sun_w_per_m2(DAY, hour * S_PER_H) == pytest.approx(watts)


def test_degrees_convert_both_ways() -> None:
    assert celsius(212.0) == pytest.approx(100.0)
    assert fahrenheit(celsius(17.0)) == pytest.approx(17.0)
