"""Names and bounds of the lab thermostat."""

from enum import StrEnum

DOMAIN = "heat_lab"

CONF_SPEED = "speed"
CONF_STAGING = "staging"

SLOWEST = 1
FASTEST = 600
"""Model seconds for each second: a day in 144 s."""
DEFAULT_SPEED = 60
"""An hour in a minute: a recovery can be watched."""


class Staging(StrEnum):
    """The rule by which the thermostat calls for strips."""

    DROOP = "droop"
    TIMER = "timer"
