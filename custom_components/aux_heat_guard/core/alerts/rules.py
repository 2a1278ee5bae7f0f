"""Which alert is raised by what, for how long that must hold, and what clears it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..model import Alert, Severity
from ..settings.alerts import (
    COOLDOWN,
    NEAR_FREEZING_DELAY,
    ONE_DAY,
    PUMP_CLEAR_DELAY,
    REFRIGERANT_WARMING,
    STRIPS_CLEAR_DELAY,
)
from ..units import EPSILON
from .conditions import heating, runtime, weather
from .conditions import proposal as advice
from .context import AlertContext
from .verdict import Facts, Thresholds, Verdict

type Condition = Callable[[AlertContext, Thresholds], Verdict]
type ClearCondition = Callable[[AlertContext, Thresholds, datetime], Verdict]
"""As a condition, with an instant: mostly when the alert was raised."""

NO_DELAY = timedelta(0)


def _no_delay(_thresholds: Thresholds) -> timedelta:
    return NO_DELAY


def _near_freezing_delay(_thresholds: Thresholds) -> timedelta:
    return NEAR_FREEZING_DELAY


def _minutes_from(name: str) -> Callable[[Thresholds], timedelta]:
    return lambda figures: timedelta(minutes=figures[name])


def _hours_from(name: str) -> Callable[[Thresholds], timedelta]:
    return lambda figures: timedelta(hours=figures[name])


@dataclass(frozen=True, slots=True)
class Trigger:
    """One way in which an alert comes about: a condition that holds for a time, and at its end one more."""

    condition: Condition
    delay: Callable[[Thresholds], timedelta] = _no_delay
    final_condition: ClearCondition | None = None
    """Asked with when the condition came to hold."""
    max_severity: Severity = Severity.CRITICAL
    """How much it matters at the most, when it comes about in this way."""
    can_be_normal: bool = False
    """Whether it is usual in some homes: once somebody has acknowledged it, it is not told of any more."""
    survives_restart: bool = False
    """Whether what nobody saw counts as well: a mode that was left on over a restart."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What raises an alert, and what clears it."""

    triggers: tuple[Trigger, ...]
    clear_condition: ClearCondition | None = None
    """None: that no way holds any more."""
    instant_clear_conditions: Mapping[str, Condition] = field(default_factory=dict)
    """By variant: what shows at once that it is over, where the clearing does not tell."""
    clear_delay: timedelta = NO_DELAY
    cooldown: timedelta = COOLDOWN
    """For how long after a notice another one of the same kind waits."""
    clears_on_acknowledge: bool = False
    """Whether it is over when somebody says that they know."""
    suppressed_by: frozenset[Alert] = frozenset()
    """Alerts that explain this one: while one of them is raised, it is not."""
    raises_after_suppression: bool = False
    """Whether it is raised after all when what explained it is over, and it still holds."""
    depends_on_aux_signal: bool = False
    """Whether it rests on what tells that AUX runs."""
    is_forecast: bool = False
    """Whether nobody wants to be told late, when it has come."""
    variant: Callable[[Facts, Facts], str | None] = lambda _then, _now: None
    """Which other text fits, by what was when it was raised and what is now."""


def _refrigerant_variant(then: Facts, now: Facts) -> str | None:
    match then.get("outdoor_c"), now.get("outdoor_c"):
        case (float(before), float(outdoor)) if outdoor - before >= REFRIGERANT_WARMING - EPSILON:
            return "low_refrigerant"
    return None


def _variant_from(fact: str) -> Callable[[Facts, Facts], str | None]:
    def variant(_then: Facts, now: Facts) -> str | None:
        value = now.get(fact)
        return value if isinstance(value, str) else None

    return variant


FAULTS = frozenset({Alert.STRIPS_WITHOUT_CALL, Alert.EMERGENCY_LEFT_ON, Alert.NOT_HEATING})
"""They say why the strips run."""

RULES: dict[Alert, Rule] = {
    Alert.OVERRUN: Rule(
        (Trigger(runtime.is_over_budget),),
        runtime.is_within_budget,
        suppressed_by=FAULTS,
        depends_on_aux_signal=True,
    ),
    Alert.LONG_RUN: Rule(
        (Trigger(runtime.is_run_too_long),), suppressed_by=FAULTS, depends_on_aux_signal=True
    ),
    Alert.MILD_WEATHER: Rule(
        (Trigger(runtime.has_mild_weather_aux),),
        runtime.has_good_mild_day,
        suppressed_by=FAULTS,
        depends_on_aux_signal=True,
    ),
    Alert.NOT_HEATING: Rule(
        (
            Trigger(heating.is_call_unanswered, _minutes_from("after"), heating.is_not_warming),
            Trigger(heating.has_idle_compressor),
        ),
        heating.is_heating_again,
        clear_delay=PUMP_CLEAR_DELAY,
        instant_clear_conditions={"compressor": heating.is_compressor_back},
        variant=_variant_from("what"),
    ),
    Alert.NOT_CATCHING_UP: Rule(
        (Trigger(heating.is_below_target, _minutes_from("after"), heating.is_rising_too_slowly),),
        heating.has_caught_up,
        suppressed_by=frozenset({Alert.NOT_HEATING}),
        variant=_refrigerant_variant,
    ),
    Alert.EMERGENCY_LEFT_ON: Rule(
        (
            Trigger(heating.is_emergency_heat_on, _hours_from("after"), survives_restart=True),
            Trigger(heating.is_emergency_heat_on_in_mild_weather, _minutes_from("mild_after")),
        ),
        heating.is_emergency_heat_off,
    ),
    Alert.STRIPS_WITHOUT_CALL: Rule(
        (
            Trigger(heating.is_aux_on_while_off, _minutes_from("after")),
            Trigger(
                heating.is_aux_on_while_idle,
                _minutes_from("idle_after"),
                max_severity=Severity.WARNING,
                can_be_normal=True,
            ),
        ),
        heating.is_aux_following_calls,
        clear_delay=STRIPS_CLEAR_DELAY,
    ),
    Alert.SHORT_CYCLING: Rule(
        (Trigger(runtime.is_short_cycling),),
        runtime.has_stopped_cycling,
        depends_on_aux_signal=True,
    ),
    Alert.NEAR_FREEZING: Rule(
        (Trigger(weather.is_setpoint_high_near_freezing, _near_freezing_delay),),
        weather.is_not_near_freezing,
        cooldown=ONE_DAY,
        variant=_variant_from("when"),
    ),
    Alert.COLD_SNAP: Rule(
        (Trigger(weather.is_cold_snap_ahead),),
        weather.is_cold_snap_over,
        cooldown=ONE_DAY,
        is_forecast=True,
    ),
    Alert.FIRST_AUX: Rule(
        (Trigger(runtime.is_first_run),),
        runtime.is_one_day_old,
        clears_on_acknowledge=True,
        depends_on_aux_signal=True,
    ),
    Alert.UNDERSIZED: Rule(
        (Trigger(runtime.is_undersized),),
        suppressed_by=frozenset({Alert.NOT_HEATING}),
        raises_after_suppression=True,
        depends_on_aux_signal=True,
    ),
    Alert.FILTER: Rule((Trigger(runtime.is_filter_due),)),
    Alert.MISSING_DATA: Rule(
        (
            Trigger(weather.is_aux_unknown, _minutes_from("after")),
            Trigger(weather.is_room_unknown, _minutes_from("after")),
            Trigger(weather.is_outdoor_unavailable, _minutes_from("after")),
            Trigger(weather.has_stale_outdoor),
        ),
        weather.has_all_data,
        variant=_variant_from("what"),
    ),
    Alert.ADVICE: Rule(
        (Trigger(advice.is_proposed, _minutes_from("after")),), variant=_variant_from("limit")
    ),
}

EVALUATION_ORDER = sorted(RULES, key=lambda alert: bool(RULES[alert].suppressed_by))
"""Those that explain others come before these."""
