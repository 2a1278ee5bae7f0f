"""The registry of alert rules. To add an alert, add its module to the import and to the list."""

from ...model import Alert
from ...settings.alerts import AlertConfig, AlertSettings
from ..rule import Rule
from . import (
    advice,
    cold_snap,
    emergency_left_on,
    filter_due,
    first_aux,
    long_run,
    mild_weather,
    missing_data,
    near_freezing,
    not_catching_up,
    not_heating,
    overrun,
    short_cycling,
    strips_without_call,
    undersized,
)

RULES: dict[Alert, Rule] = {
    module.RULE.alert: module.RULE
    for module in (
        overrun,
        long_run,
        mild_weather,
        not_heating,
        not_catching_up,
        emergency_left_on,
        strips_without_call,
        short_cycling,
        near_freezing,
        cold_snap,
        first_aux,
        undersized,
        filter_due,
        missing_data,
        advice,
    )
}

EVALUATION_ORDER = sorted(RULES, key=lambda alert: bool(RULES[alert].suppressed_by))
"""The alerts that suppress others come before the alerts that they suppress."""

DEFAULT_CONFIGS = {alert: rule.default_config() for alert, rule in RULES.items()}


def alert_config(settings: AlertSettings, alert: Alert) -> AlertConfig:
    """Return the user's configuration of an alert, or its default."""
    return settings.configs.get(alert) or DEFAULT_CONFIGS[alert]
