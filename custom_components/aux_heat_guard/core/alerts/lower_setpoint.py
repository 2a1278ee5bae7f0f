"""The lower setpoint that a notification offers."""

from ..model import Alert
from ..settings.protection import COMFORT_FLOOR
from .facts import Facts
from .rules import RULES


def suggest_setpoint(alert: Alert, setpoint: float, facts: Facts) -> float | None:
    """Return a setpoint in °C that spares aux heat, or None if lowering it would not help."""
    suggested = RULES[alert].lower_setpoint(setpoint, facts)
    if suggested is None:
        return None
    return suggested if COMFORT_FLOOR <= suggested < setpoint else None
