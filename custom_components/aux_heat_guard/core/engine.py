"""One step: from what was, and what is seen now, to what is, what to show, and when to look again."""

from dataclasses import dataclass, replace
from datetime import datetime

from . import watch as watches
from .account import figures as accounts
from .account import ledger as ledgers
from .account.energy import UNREAD, Meter
from .account.figures import Figures
from .account.ledger import Ledger
from .model import Evidence, Heat, Observation, Run
from .settings import Settings
from .watch import Watch


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

    watch: Watch
    view: View
    """The very same as before where nothing else is shown."""
    wake: datetime

    @property
    def ledger(self) -> Ledger:
        """What is counted by now."""
        return self.watch.ledger

    @property
    def figures(self) -> Figures:
        """What is shown of it."""
        return self.view.figures


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of a step. Where nothing was to be done, the state is the very one that was given."""

    state: State
    view: View
    wake: datetime
    """When to take the next step, even where nothing happens until then."""


def begin(at: datetime, settings: Settings, ledger: Ledger | None = None, meter: Meter = UNREAD) -> State:
    """Start, or go on from a ledger. The time since it was written was seen by nobody."""
    return resume(watches.begun(at, settings, ledger, meter))


def resume(watch: Watch) -> State:
    """Show what a watch has counted so far."""
    watch = _trimmed(watch)
    shown = accounts.figures(watch.ledger, watch.bounds)
    return State(watch, _view(watch, shown), wake=accounts.due(shown, watch.ledger))


def adopt(state: State, settings: Settings) -> State:
    """Go on with other settings of the same sources: the next step looks at everything anew."""
    return resume(watches.adopted(state.watch, settings))


def step(state: State, observation: Observation, settings: Settings) -> Step:
    """Take in an observation. One that tells nothing new, before it is time to wake, takes no step."""
    watch = watches.watched(state.watch, observation, settings)
    if watch is state.watch:
        if observation.at < state.wake:
            return Step(state, state.view, state.wake)
        watch = watches.metered(watch, observation, settings)
    state = _shown(state, watch)
    return Step(state, state.view, state.wake)


def slept(state: State, since: datetime, until: datetime, settings: Settings) -> State:
    """Go on after a time in which nobody looked."""
    return resume(watches.slept(state.watch, since, until, settings))


def watch_at(state: State, at: datetime, settings: Settings) -> Watch:
    """Count up to an instant at which nothing changed, to write it down."""
    return watches.passed(state.watch, at, settings)


def _trimmed(watch: Watch) -> Watch:
    ledger = ledgers.trimmed(watch.ledger)
    return watch if ledger is watch.ledger else replace(watch, ledger=ledger)


def _shown(state: State, watch: Watch) -> State:
    another_day = watch.bounds is not state.watch.bounds and watch.bounds != state.watch.bounds
    if another_day:
        watch = _trimmed(watch)
    ledger = watch.ledger
    if another_day or ledger.points[-1].state is not state.ledger.points[-1].state or watch.heat != state.watch.heat:
        shown = accounts.figures(ledger, watch.bounds)
    else:
        shown = accounts.refreshed(state.figures, ledger)
    wake = accounts.due(shown, ledger)
    if watch.signals_due is not None:
        wake = min(wake, watch.signals_due)
    view = _view(watch, shown)
    return State(watch, state.view if view == state.view else view, wake)


def _view(watch: Watch, shown: Figures) -> View:
    return View(watch.heat, watch.evidence, shown, watch.ledger.run)
