"""One step: from what was, and what is seen now, to what is, what to show, and when to look again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .account import days
from .account import figures as accounts
from .account import ledger as ledgers
from .account.days import Bounds
from .account.figures import Figures
from .account.ledger import Ledger
from .model import NOTHING_KNOWN, Evidence, Heat, Observation, Raw, Run
from .sense import detector, signals
from .sense.signals import Memory
from .settings import KEPT_DAYS, Settings


@dataclass(frozen=True, slots=True)
class View:
    """What is shown."""

    heat: Heat
    evidence: tuple[Evidence, ...]
    """One for each signal of the settings, in their order; empty before the first observation."""
    figures: Figures
    run: Run | None


@dataclass(frozen=True, slots=True)
class State:
    """What one step hands to the next."""

    ledger: Ledger
    figures: Figures
    wake: datetime
    memories: tuple[Memory, ...] = ()
    """One for each signal of the settings, in their order."""
    evidence: tuple[Evidence, ...] = ()
    heat: Heat = NOTHING_KNOWN
    seen: Observation | None = None
    signals_due: datetime | None = None
    """When time alone may change what a signal says."""

    @property
    def view(self) -> View:
        """What is shown in this state."""
        return View(self.heat, self.evidence, self.figures, self.ledger.run)


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of a step. Where nothing was to be done, the state is the very one that was given."""

    state: State
    view: View
    wake: datetime
    """When to take the next step, even where nothing happens until then."""


def begin(at: datetime, settings: Settings, ledger: Ledger | None = None) -> State:
    """Start, or go on from a ledger. The time since it was written was seen by nobody."""
    if ledger is None:
        ledger = ledgers.opened(at)
    ledger, bounds = _passed(ledgers.turned(ledger, NOTHING_KNOWN), at, settings)
    shown = accounts.figures(ledger, bounds)
    return State(ledger, shown, wake=accounts.due(shown, ledger))


def adopt(state: State, settings: Settings) -> State:
    """Go on with other settings of the same sources: the next step looks at everything anew."""
    bounds = days.bounds(state.ledger.at, settings.zone, settings.season_start_month)
    return replace(state, figures=accounts.figures(state.ledger, bounds), seen=None)


def step(state: State, observation: Observation, settings: Settings) -> Step:
    """Take in an observation. One that equals the last, before it is time to wake, takes no step."""
    if _is_known(state, observation):
        return Step(state, state.view, state.wake)
    # What fell due in between happened then, however late this step comes.
    while state.seen is not None and state.signals_due is not None and state.signals_due < observation.at:
        # The outdoor temperature may have been reported again, unchanged, in a step that was not taken.
        then = replace(state.seen, at=state.signals_due, outdoor_reported=observation.outdoor_reported)
        state = _once(state, then, settings)
    state = _once(state, observation, settings)
    return Step(state, state.view, state.wake)


def ledger_at(state: State, at: datetime, settings: Settings) -> Ledger:
    """Count up to an instant at which nothing changed, to write it down."""
    return _passed(state.ledger, at, settings)[0]


def _is_known(state: State, observation: Observation) -> bool:
    return (
        state.seen is not None
        and observation == state.seen
        and state.ledger.at <= observation.at < state.wake
        and signals.outdoor_is_stale(observation) == signals.outdoor_is_stale(state.seen)
    )


def _once(state: State, observation: Observation, settings: Settings) -> State:
    evidence, memories, signals_due = _sensed(state, observation, settings)
    heat = detector.detect(evidence, observation.thermostat, settings.equipment)
    ledger, bounds = _passed(state.ledger, observation.at, settings)
    changed = ledgers.turned(ledger, heat)
    if changed is not ledger or bounds != state.figures.bounds:
        shown = accounts.figures(changed, bounds)
    else:
        shown = accounts.refreshed(state.figures, changed)
    wake = accounts.due(shown, changed)
    if signals_due is not None:
        wake = min(wake, signals_due)
    return State(changed, shown, wake, memories, evidence, heat, observation, signals_due)


def _sensed(state: State, observation: Observation, settings: Settings) -> tuple[tuple[Evidence, ...], tuple[Memory, ...], datetime | None]:
    remembered = state.memories if len(state.memories) == len(settings.signals) else (Memory(),) * len(settings.signals)
    readings: tuple[Raw, ...] = observation.readings
    sensed = [
        signals.sense(signal, raw, observation, memory) for signal, raw, memory in zip(settings.signals, readings, remembered, strict=True)
    ]
    evidence = tuple(piece for piece, _ in sensed)
    memories = tuple(memory for _, memory in sensed)
    times = [signals.wake(signal, observation, memory) for signal, memory in zip(settings.signals, memories, strict=True)]
    return evidence, memories, min((time for time in times if time), default=None)


def _passed(ledger: Ledger, until: datetime, settings: Settings) -> tuple[Ledger, Bounds]:
    """Count up to an instant, midnight by midnight."""
    if until < ledger.at:
        ledger = ledgers.rewound(ledger, until)
    # A clock that was years off would otherwise cost a look at each of their midnights.
    ledger = ledgers.counted(ledger, max(ledger.at, until - timedelta(days=KEPT_DAYS)))
    bounds = days.bounds(ledger.at, settings.zone, settings.season_start_month)
    while until >= bounds.day_ends:
        ledger = ledgers.marked(ledgers.counted(ledger, bounds.day_ends))
        bounds = days.bounds(bounds.day_ends, settings.zone, settings.season_start_month)
    return ledgers.counted(ledger, until), bounds
