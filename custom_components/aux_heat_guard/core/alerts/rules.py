"""Which alert is raised by what, for how long that must hold, and what clears it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..model import Alert, Severity
from ..settings.alerts import COOLDOWN, DAILY, HIGH_LEAST, PUMP_BACK, STRIPS_GONE, WARMER
from ..units import EPSILON
from .conditions import heating, runtime, weather
from .conditions import proposal as advice
from .context import Situation
from .verdict import Facts, Figures, Verdict

type Condition = Callable[[Situation, Figures], Verdict]
type Clearing = Callable[[Situation, Figures, datetime], Verdict]
"""As a condition, with an instant: mostly when the alert was raised."""

AT_ONCE = timedelta(0)


def _at_once(_figures: Figures) -> timedelta:
    return AT_ONCE


def _while_high(_figures: Figures) -> timedelta:
    return HIGH_LEAST


def _minutes(name: str) -> Callable[[Figures], timedelta]:
    return lambda figures: timedelta(minutes=figures[name])


def _hours(name: str) -> Callable[[Figures], timedelta]:
    return lambda figures: timedelta(hours=figures[name])


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which an alert comes about: a condition that holds for a time, and at its end one more."""

    condition: Condition
    hold: Callable[[Figures], timedelta] = _at_once
    at_last: Clearing | None = None
    """Asked with when the condition came to hold."""
    at_most: Severity = Severity.CRITICAL
    """How much it matters at the most, when it comes about in this way."""
    may_be_usual: bool = False
    """Whether it is usual in some homes: once somebody has acknowledged it, it is not told of any more."""
    is_remembered: bool = False
    """Whether what nobody saw counts as well: a mode that was left on over a restart."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What raises an alert, and what clears it."""

    ways: tuple[Way, ...]
    cleared: Clearing | None = None
    """None: that no way holds any more."""
    disproved: Mapping[str, Condition] = field(default_factory=dict)
    """By variant: what shows at once that it is over, where the clearing does not tell."""
    clear_hold: timedelta = AT_ONCE
    cooldown: timedelta = COOLDOWN
    """For how long after a notice another one of the same kind waits."""
    ends_with_answer: bool = False
    """Whether it is over when somebody says that they know."""
    yields_to: frozenset[Alert] = frozenset()
    """Alerts that explain this one: while one of them is raised, it is not."""
    outlasts: bool = False
    """Whether it is raised after all when what explained it is over, and it still holds."""
    is_of_aux: bool = False
    """Whether it rests on what tells that AUX runs."""
    is_of_the_future: bool = False
    """Whether nobody wants to be told late, when it has come."""
    variant: Callable[[Facts, Facts], str | None] = lambda _then, _now: None
    """Which other text fits, by what was when it was raised and what is now."""


def _points_to_refrigerant(then: Facts, now: Facts) -> str | None:
    match then.get("outdoor_c"), now.get("outdoor_c"):
        case (float(before), float(outdoor)) if outdoor - before >= WARMER - EPSILON:
            return "low_refrigerant"
    return None


def _names(fact: str) -> Callable[[Facts, Facts], str | None]:
    def variant(_then: Facts, now: Facts) -> str | None:
        value = now.get(fact)
        return value if isinstance(value, str) else None

    return variant


FAULTS = frozenset({Alert.STRIPS_WITHOUT_CALL, Alert.EMERGENCY_LEFT_ON, Alert.NOT_HEATING})
"""They say why the strips run."""

RULES: dict[Alert, Rule] = {
    Alert.OVERRUN: Rule(
        (Way(runtime.over_budget),), runtime.within_budget, yields_to=FAULTS, is_of_aux=True
    ),
    Alert.LONG_RUN: Rule((Way(runtime.runs_long),), yields_to=FAULTS, is_of_aux=True),
    Alert.MILD_WEATHER: Rule(
        (Way(runtime.runs_in_mild_weather),), runtime.was_well, yields_to=FAULTS, is_of_aux=True
    ),
    Alert.NOT_HEATING: Rule(
        (
            Way(heating.calls_in_vain, _minutes("after"), heating.does_not_rise),
            Way(heating.has_idle_compressor),
        ),
        heating.heats_again,
        clear_hold=PUMP_BACK,
        disproved={"compressor": heating.runs_again},
        variant=_names("what"),
    ),
    Alert.NOT_CATCHING_UP: Rule(
        (Way(heating.is_behind, _minutes("after"), heating.rises_too_slowly),),
        heating.has_caught_up,
        yields_to=frozenset({Alert.NOT_HEATING}),
        variant=_points_to_refrigerant,
    ),
    Alert.EMERGENCY_LEFT_ON: Rule(
        (
            Way(heating.is_emergency, _hours("after"), is_remembered=True),
            Way(heating.is_emergency_in_mild_weather, _minutes("mild_after")),
        ),
        heating.is_no_emergency,
    ),
    Alert.STRIPS_WITHOUT_CALL: Rule(
        (
            Way(heating.runs_while_off, _minutes("after")),
            Way(
                heating.runs_while_idle,
                _minutes("idle_after"),
                at_most=Severity.WARNING,
                may_be_usual=True,
            ),
        ),
        heating.strips_obey,
        clear_hold=STRIPS_GONE,
    ),
    Alert.SHORT_CYCLING: Rule((Way(runtime.starts_often),), runtime.starts_seldom, is_of_aux=True),
    Alert.NEAR_FREEZING: Rule(
        (Way(weather.is_high_near_freezing, _while_high),),
        weather.is_not_near_freezing,
        cooldown=DAILY,
        variant=_names("when"),
    ),
    Alert.COLD_SNAP: Rule(
        (Way(weather.snaps_cold),), weather.is_past, cooldown=DAILY, is_of_the_future=True
    ),
    Alert.FIRST_AUX: Rule(
        (Way(runtime.runs_after_long_rest),),
        runtime.is_a_day_old,
        ends_with_answer=True,
        is_of_aux=True,
    ),
    Alert.UNDERSIZED: Rule(
        (Way(runtime.is_undersized),),
        yields_to=frozenset({Alert.NOT_HEATING}),
        outlasts=True,
        is_of_aux=True,
    ),
    Alert.FILTER: Rule((Way(runtime.has_full_filter),)),
    Alert.BLIND: Rule(
        (
            Way(weather.sees_no_strips, _minutes("after")),
            Way(weather.sees_no_room, _minutes("after")),
            Way(weather.sees_no_outdoor, _minutes("after")),
            Way(weather.has_old_outdoor),
        ),
        weather.sees_all,
        variant=_names("what"),
    ),
    Alert.ADVICE: Rule((Way(advice.is_proposed, _minutes("after")),), variant=_names("limit")),
}

IN_TURN = sorted(RULES, key=lambda alert: bool(RULES[alert].yields_to))
"""Those that explain others come before these."""
