"""The targets of the guard, numbered as in the benchmark's specification."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

from bench.contenders import Outcomes
from lab.trial import Outcome
from lab.units import celsius
from lab.variants import BASE
from lab.winter import HOURS_PER_DAY, Winter

BALANCE_POINT_C: Final = celsius(18.1)
"""The balance point of the benchmark house."""
WEEK: Final = 7
MILD: Final = "greensboro"
LEARNED_AFTER_DAYS: Final = 14
"""The days after which the guard has learned a schedule that is not configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCheck:
    """A figure and its target."""

    number: int
    what: str
    value: float
    limit: float
    is_least: bool = False
    """True if the target is a minimum, False if it is a maximum."""

    @property
    def is_met(self) -> bool:
        """True if the target is met."""
        return self.value >= self.limit if self.is_least else self.value <= self.limit

    def __str__(self) -> str:
        sign, word = ">=" if self.is_least else "<=", "met" if self.is_met else "missed"
        return (
            f"{self.number:>2}  {self.what:<50} {self.value:7.3f}   {sign} {self.limit:.3f}  {word}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The targets in one weather: shares of the step policy's aux heat, and degree-hours a day."""

    aux_over_step: float
    dh_per_day: float
    dh_over_step: float
    closure: float


TARGETS: Final[Mapping[str, Target]] = {
    MILD: Target(aux_over_step=0.10, dh_per_day=0.5, dh_over_step=1 / 3, closure=0.95),
    "greensboro_cold": Target(aux_over_step=0.36, dh_per_day=1.4, dh_over_step=2 / 3, closure=0.87),
}
TOTAL_OVER_CONSTANT: Final = 0.98
MISJUDGED_COSTS: Final = 0.03
DH_RISE: Final = 0.3
OWN_OVER_STEP: Final = 0.40
LEAST_SPARED: Final = {7: ("cold_climate", 0.99), 8: ("undersized", 0.55), 9: ("timer", 0.55)}
"""(variant, share to spare) by number of the target, in the mild weather."""
SPARED_OTHERWISE_STAGED: Final = 0.60


def share_spared(outcomes: Outcomes) -> float:
    """Return the share of the step policy's aux heat that the guard spares."""
    return 1.0 - _share(outcomes["guard"].aux_kwh, outcomes["step"].aux_kwh)


def closure_share(outcomes: Outcomes) -> float:
    """Return the guard's savings as a share of the largest possible savings."""
    step, guard, bound = (outcomes[name].aux_kwh for name in ("step", "guard", "bound"))
    return _share(step - guard, step - bound)


def judge(weather: str, winter: Winter, variants: Mapping[str, Outcomes]) -> Iterator[TargetCheck]:
    """Yield the checks of the targets for one weather and its variants."""
    if weather not in TARGETS:
        return
    base = variants[BASE]
    yield from _check_base(TARGETS[weather], base)
    for name in _present(variants, "capacity_high", "capacity_low"):
        yield TargetCheck(
            number=5,
            what=f"of AUX spared less with {name}",
            value=share_spared(base) - share_spared(variants[name]),
            limit=MISJUDGED_COSTS,
        )
    yield TargetCheck(
        number=6,
        what="AUX kWh in weeks above the balance point",
        value=mild_kwh(winter, base["guard"]),
        limit=0.0,
    )
    if weather == MILD:
        yield from _check_mild_weather(variants)
    yield from _check_each_weather(variants)


def _check_base(target: Target, outcomes: Outcomes) -> Iterator[TargetCheck]:
    guard, step, constant = outcomes["guard"], outcomes["step"], outcomes["constant"]
    yield TargetCheck(
        number=1,
        what="guard's AUX over step's",
        value=_share(guard.aux_kwh, step.aux_kwh),
        limit=target.aux_over_step,
    )
    yield TargetCheck(
        number=1,
        what="guard's AUX over constant's",
        value=_share(guard.aux_kwh, constant.aux_kwh),
        limit=1.0,
    )
    yield TargetCheck(
        number=2,
        what="guard's total over constant's",
        value=_share(guard.total_kwh, constant.total_kwh),
        limit=TOTAL_OVER_CONSTANT,
    )
    yield TargetCheck(
        number=2,
        what="guard's total over step's",
        value=_share(guard.total_kwh, step.total_kwh),
        limit=1.0,
    )
    yield TargetCheck(
        number=3, what="guard's DH a day", value=guard.dh_per_day, limit=target.dh_per_day
    )
    yield TargetCheck(
        number=3,
        what="guard's DH over step's",
        value=_share(guard.dh_per_day, step.dh_per_day),
        limit=target.dh_over_step,
    )
    yield TargetCheck(
        number=4, what="closure", value=closure_share(outcomes), limit=target.closure, is_least=True
    )


def _check_mild_weather(variants: Mapping[str, Outcomes]) -> Iterator[TargetCheck]:
    for number, (name, least) in LEAST_SPARED.items():
        for found in _present(variants, name):
            yield TargetCheck(
                number=number,
                what=f"of AUX spared, {name}",
                value=share_spared(variants[found]),
                limit=least,
                is_least=True,
            )
    for name in _present(variants, "undersized"):
        yield _check_warmth(8, name, variants[name])


def _check_each_weather(variants: Mapping[str, Outcomes]) -> Iterator[TargetCheck]:
    for name in _present(variants, "no_setback"):
        step, guard = variants[name]["step"], variants[name]["guard"]
        yield TargetCheck(
            number=11,
            what=f"guard's AUX over step's, {name}",
            value=_share(guard.aux_kwh, step.aux_kwh),
            limit=1.0,
        )
        yield TargetCheck(
            number=11,
            what=f"guard's total over step's, {name}",
            value=_share(guard.total_kwh, step.total_kwh),
            limit=1.0,
        )
        yield TargetCheck(
            number=11,
            what=f"rise of DH a day, {name}",
            value=guard.dh_per_day - step.dh_per_day,
            limit=DH_RISE,
        )
    for name in _present(variants, "own_schedule"):
        late = {
            policy: sum(variants[name][policy].aux_by_day[LEARNED_AFTER_DAYS:])
            for policy in ("guard", "step")
        }
        yield TargetCheck(
            number=12,
            what=f"guard's AUX over step's from day 15, {name}",
            value=_share(late["guard"], late["step"]),
            limit=OWN_OVER_STEP,
        )
    for name in _present(variants, "wide_differential", "small_droop"):
        yield TargetCheck(
            number=13,
            what=f"of AUX spared, {name}",
            value=share_spared(variants[name]),
            limit=SPARED_OTHERWISE_STAGED,
            is_least=True,
        )
        yield _check_warmth(13, name, variants[name])


def mild_kwh(winter: Winter, outcome: Outcome) -> float:
    """Return the aux heat in kWh of the weeks that were never below the balance point."""
    days = range(0, len(outcome.aux_by_day), WEEK)
    hours = WEEK * HOURS_PER_DAY
    mild = (
        first
        for first in days
        if min(winter.outdoor_c[first * HOURS_PER_DAY :][:hours]) >= BALANCE_POINT_C
    )
    return sum((sum(outcome.aux_by_day[first : first + WEEK]) for first in mild), 0.0)


def _check_warmth(number: int, name: str, outcomes: Outcomes) -> TargetCheck:
    return TargetCheck(
        number=number,
        what=f"guard's DH over step's, {name}",
        value=_share(outcomes["guard"].dh_per_day, outcomes["step"].dh_per_day),
        limit=1.0,
    )


def _present(variants: Mapping[str, Outcomes], *names: str) -> list[str]:
    return [name for name in names if name in variants]


def _share(part: float, whole: float) -> float:
    if whole:
        return part / whole
    return inf if part else 0.0
