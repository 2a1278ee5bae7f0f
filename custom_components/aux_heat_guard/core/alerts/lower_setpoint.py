"""Which lower setpoint would spare the strips that an alert tells of."""

from ..model import Alert
from ..settings.alerts import SUGGESTED_SETBACK
from ..settings.protection import COMFORT_FLOOR
from .verdict import Facts

SETBACK_ALERTS = frozenset({Alert.OVERRUN, Alert.LONG_RUN})


def suggest_setpoint(alert: Alert, setpoint: float, facts: Facts) -> float | None:
    """Suggest a setpoint, in °C, that spares the strips; None where lowering it would not help."""
    wanted = (
        facts.get("cap_c")
        if alert is Alert.NEAR_FREEZING
        else setpoint - SUGGESTED_SETBACK
        if alert in SETBACK_ALERTS
        else None
    )
    if not isinstance(wanted, float):
        return None
    return wanted if COMFORT_FLOOR <= wanted < setpoint else None
