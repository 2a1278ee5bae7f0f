"""Simulate the compared setpoint policies in each variant of the lab, over winters."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
import sys
from types import MappingProxyType
from typing import Final

from lab.bound import least_aux
from lab.core_alone import let_core_stand_alone
from lab.policies import ConstantSetpoint, Policy, RampedSetpoint, Schedule, ScheduledSetpoint
from lab.trial import Outcome, Trial, simulate
from lab.units import celsius
from lab.variants import VARIANTS
from lab.winter import Winter

LOCKOUT_C: Final = celsius(35.0)
"""The outdoor temperature of the aux lockout, as Energy Trust of Oregon requires it."""

LOCKOUT, GUARD, BOUND = "lockout", "guard", "bound"
BASELINE_POLICIES: Final[Mapping[str, Callable[[Schedule], Policy]]] = MappingProxyType(
    {
        "step": ScheduledSetpoint,
        LOCKOUT: ScheduledSetpoint,
        "constant": ConstantSetpoint,
        "ramp2": partial(RampedSetpoint, f_per_h=2.0),
        "ramp1": partial(RampedSetpoint, f_per_h=1.0),
    }
)
POLICIES: Final = (*BASELINE_POLICIES, GUARD, BOUND)

type Outcomes = Mapping[str, Outcome]
"""The outcome by policy."""
type Results = Mapping[str, Mapping[str, Outcomes]]
"""The outcomes by weather and variant."""


@dataclass(frozen=True, slots=True)
class WinterJob:
    """One simulation. The guard's job also computes the bound for the comfort of the guard."""

    weather: str
    variant: str
    policy: str


def simulate_winters(
    winters: Mapping[str, Winter], variants: Iterable[str], polled_every: int = 1
) -> Results:
    """Simulate each winter in each variant under each policy, two at a time.

    The guard reads its thermostat every `polled_every` minutes.
    """
    wanted = {
        (weather, variant): _jobs_for(weather, variant)
        for variant in variants
        for weather in winters
    }
    longest_first = sorted(
        dict.fromkeys(job for jobs in wanted.values() for job in jobs),
        key=lambda job: job.policy != GUARD,
    )
    found: dict[WinterJob, Outcomes] = {}
    with ProcessPoolExecutor(max_workers=2, initializer=let_core_stand_alone) as pool:
        for job, outcomes in zip(
            longest_first,
            pool.map(partial(_run_job, winters, polled_every), longest_first),
            strict=True,
        ):
            found[job] = outcomes
            sys.stderr.write(
                f"{len(found)} of {len(longest_first)}:"
                f" {job.policy}, {job.variant}, {job.weather}\n"
            )
    results: dict[str, dict[str, Outcomes]] = {weather: {} for weather in winters}
    for (weather, variant), jobs in wanted.items():
        results[weather][variant] = {
            name: outcome for job in jobs for name, outcome in found[job].items()
        }
    return results


def _jobs_for(weather: str, variant: str) -> list[WinterJob]:
    """Return the jobs of a variant; policies share variants that differ only for the guard."""
    alike = next(
        name
        for name, other in VARIANTS.items()
        if other.without_guard_settings == VARIANTS[variant].without_guard_settings
    )
    return [
        *(WinterJob(weather, alike, policy) for policy in BASELINE_POLICIES),
        WinterJob(weather, variant, GUARD),
    ]


def _run_job(winters: Mapping[str, Winter], polled_every: int, job: WinterJob) -> Outcomes:
    winter, variant = winters[job.weather], VARIANTS[job.variant]
    trial = variant.trial(winter)
    if job.policy != GUARD:
        policy = BASELINE_POLICIES[job.policy](trial.schedule)
        return {
            job.policy: simulate(_with_lockout(trial) if job.policy == LOCKOUT else trial, policy)
        }
    guarded = simulate(trial, variant.guard(winter, polled_every))
    return {GUARD: guarded, BOUND: least_aux(trial, guarded)}


def _with_lockout(trial: Trial) -> Trial:
    return replace(
        trial,
        home=replace(
            trial.home, thermostat=replace(trial.home.thermostat, aux_lockout_c=LOCKOUT_C)
        ),
    )
