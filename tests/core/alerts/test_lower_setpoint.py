"""The lower setpoint that an alert offers."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.alerts.facts import temperature
from custom_components.aux_heat_guard.core.alerts.lower_setpoint import suggest_setpoint
from custom_components.aux_heat_guard.core.model import Alert
from custom_components.aux_heat_guard.core.settings.protection import COMFORT_FLOOR
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit

TEMPERATURES = st.floats(-50, 50)


@pytest.mark.parametrize(
    ("alert", "setpoint", "highest", "suggested"),
    [
        pytest.param(Alert.NEAR_FREEZING, 76, 72, 72, id="to the cap"),
        pytest.param(Alert.NEAR_FREEZING, 72, 72, None, id="it is at the cap"),
        pytest.param(Alert.NEAR_FREEZING, 76, None, None, id="no cap is known"),
        pytest.param(Alert.NEAR_FREEZING, 76, 60, None, id="never under the comfort floor"),
        pytest.param(Alert.OVERRUN, 70, 65, 68, id="over budget by two degrees, whatever the cap"),
        pytest.param(Alert.LONG_RUN, 70, None, 68, id="a long run by two degrees"),
        pytest.param(Alert.OVERRUN, 64, None, 62, id="down to the comfort floor"),
        pytest.param(Alert.OVERRUN, 63, None, None, id="not through it"),
        *(
            pytest.param(alert, 70, 65, None, id=alert)
            for alert in Alert
            if alert not in {Alert.NEAR_FREEZING, Alert.OVERRUN, Alert.LONG_RUN}
        ),
    ],
)
def test_a_lower_setpoint_is_suggested_where_it_helps(
    alert: Alert, setpoint: float, highest: float | None, suggested: float | None
) -> None:
    facts = {} if highest is None else {"cap": temperature(celsius_from_fahrenheit(highest))}

    found = suggest_setpoint(alert, celsius_from_fahrenheit(setpoint), facts)

    assert found == (
        None if suggested is None else pytest.approx(celsius_from_fahrenheit(suggested))
    )


@given(alert=st.sampled_from(Alert), setpoint=TEMPERATURES, highest=TEMPERATURES)
def test_a_suggestion_is_always_lower_and_never_under_the_comfort_floor(
    alert: Alert, setpoint: float, highest: float
) -> None:
    found = suggest_setpoint(alert, setpoint, {"cap": temperature(highest)})

    assert found is None or COMFORT_FLOOR <= found < setpoint
