"""One step: from what was, and what is seen now, to what is, what to show, what to tell, and when to look again."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .account import figures as accounts
from .account import ledger as ledgers
from .account import tracker as watches
from .account.figures import Figures
from .account.ledger import Ledger
from .account.tracker import NO_MEMO, Memo, Watch
from .alerts import lifecycle as alarm
from .alerts import trend
from .alerts.conditions import runtime
from .alerts.context import Situation, Sizing
from .alerts.lifecycle import NONE_STANDS, Alerts, Happening, Judged, Standing
from .alerts.trend import FRESH, Trend
from .model import Alert, Command, Evidence, Heat, Mode, Observation, Request, Run, Switch
from .protection import compose
from .protection import controller as protect
from .protection import setpoint as setpoints
from .protection.decision import NOTHING, Decided, Decision, Protection, Scene
from .protection.setpoint import Origin
from .protection.trace import Traced
from .sense.signals import outdoor_now, temperature
from .settings.guard import RULES_BEAT, Settings
from .units import EPSILON


@dataclass(frozen=True, slots=True)
class View:
    """What is shown."""

    heat: Heat
    evidence: tuple[Evidence, ...]
    """One for each signal of the settings, in their order; empty before the first observation."""
    figures: Figures
    run: Run | None
    alerts: Standing = NONE_STANDS
    """The very same as before where they stand as before."""
    decision: Decision | None = None
    """What should hold, and what limits it; the very same as before where it is alike; None: nothing is decided."""


@dataclass(frozen=True, slots=True)
class State:
    """What one step hands to the next."""

    watch: Watch
    view: View
    """The very same as before where nothing else is shown."""
    wake: datetime
    alerts: Alerts = alarm.NONE
    rules_due: datetime | None = None
    """When time alone may change what a rule says; None: no rule waits."""
    judged_at: datetime | None = None
    """When all rules were looked at last."""
    trend: Trend = FRESH
    sizing: Sizing | None = None
    seen: Observation | None = None
    """What the rules saw last; None: they are to look anew."""
    protection: Protection = NOTHING

    @property
    def ledger(self) -> Ledger:
        """What is counted by now."""
        return self.watch.ledger

    @property
    def figures(self) -> Figures:
        """What is shown of it."""
        return self.view.figures

    @property
    def looked_at(self) -> datetime:
        """When the last step was taken, as far as is remembered. A clock that shows less was set back."""
        return self.ledger.at if self.seen is None else max(self.ledger.at, self.seen.at)


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of a step. Where nothing was to be done, the state is the very one that was given."""

    state: State
    view: View
    wake: datetime
    """When to take the next step, even where nothing happens until then."""
    happenings: tuple[Happening, ...] = ()
    """What happened to alerts, in order."""
    command: Command | None = None
    """What the thermostat is to be told now."""
    switched: tuple[tuple[Switch, bool], ...] = ()
    """What is to be switched now, and whether on."""
    traced: Traced | None = None
    """What was decided on the setpoint, and by what; None: nothing new was looked at."""


def begin(  # noqa: PLR0913, PLR0917 -- all that is kept
    at: datetime,
    settings: Settings,
    ledger: Ledger | None = None,
    memo: Memo = NO_MEMO,
    alerts: Alerts = alarm.NONE,
    protection: Protection = NOTHING,
) -> State:
    """Start, or go on from a ledger. The time since it was written was seen by nobody."""
    begun = resume(watches.begun(at, settings, ledger, memo))
    if ledger is not None and at < ledger.at:
        alerts = alarm.set_back(alerts, ledger.at - at)
    return replace(
        with_alerts(begun, alarm.restarted(alerts)), protection=compose.restarted(protection)
    )


def resume(watch: Watch) -> State:
    """Show what a watch has counted so far."""
    watch = _trimmed(watch)
    shown = accounts.figures(watch.ledger, watch.bounds)
    return State(watch, _view(watch, shown, NONE_STANDS), wake=accounts.due(shown, watch.ledger))


def go_on(state: State, watch: Watch) -> State:
    """Go on from another account of the same time."""
    kept = replace(
        resume(watch), trend=state.trend, sizing=state.sizing, protection=state.protection
    )
    return with_alerts(kept, state.alerts)


def adopt(state: State, settings: Settings) -> State:
    """Go on with other settings of the same sources: the next step looks at everything anew."""
    return go_on(state, watches.adopted(state.watch, settings))


def slept(state: State, since: datetime, until: datetime, settings: Settings) -> State:
    """Go on after a time in which nobody looked."""
    awake = resume(watches.slept(state.watch, since, until, settings))
    protection = compose.restarted(state.protection)
    return replace(
        with_alerts(awake, alarm.restarted(state.alerts)),
        sizing=state.sizing,
        protection=protection,
    )


def sized(state: State, sizing: Sizing) -> State:
    """Take in what the season so far tells of the heat pump's size."""
    return replace(state, sizing=sizing, seen=None)


def with_alerts(state: State, alerts: Alerts) -> State:
    """Go on with alerts that somebody answered; the next step looks at them anew."""
    standing = alarm.standing(alerts, state.ledger.at)
    view = state.view if standing == state.view.alerts else replace(state.view, alerts=standing)
    return replace(state, alerts=alerts, view=view, seen=None)


def with_clean_filter(state: State) -> State:
    """Take in that the filter was cleaned."""
    watch = state.watch
    return replace(state, watch=replace(watch, tally=replace(watch.tally, air=0.0)), seen=None)


def step(state: State, observation: Observation, settings: Settings) -> Step:
    """Take in an observation. One that tells nothing new, before it is time to wake, takes no step."""
    if observation.at < state.looked_at:
        state = with_alerts(state, alarm.set_back(state.alerts, state.looked_at - observation.at))
    watch = watches.watched(state.watch, observation, settings)
    if watch is state.watch:
        if observation.at >= state.wake:
            watch = watches.metered(watch, observation, settings)
        elif observation == state.seen:
            return Step(state, state.view, state.wake)
    return _judged(state, watch, observation, settings)


def asked(
    state: State, observation: Observation, settings: Settings, request: Request
) -> tuple[State, Traced]:
    """Record a request made on the guard's climate entity; the command is the limited setpoint to send instead, now."""
    situation = _situation(state.watch, observation, state.trend, state.sizing, settings)
    scene = _control_scene(situation, state.alerts.allowed_until)
    decided = protect.asked(state.protection, scene, request)
    return replace(state, protection=decided.protection, seen=None), Traced(
        scene, state.protection, decided, request
    )


def chosen(state: State, at: datetime, preset: str | None, mode: str | None) -> State:
    """Record that somebody chose a preset or a mode on the guard's climate entity; `mode` is the thermostat's mode before."""
    return replace(state, protection=protect.chosen(state.protection, at, preset, mode), seen=None)


def accepted(
    state: State, observation: Observation, settings: Settings, temperature: float
) -> tuple[State, Command | None]:
    """Take in that somebody agrees to a proposal, °C; tell also what the thermostat is to be told for that, now."""
    situation = _situation(state.watch, observation, state.trend, state.sizing, settings)
    protection, command = protect.accepted(state.protection, _control_scene(situation), temperature)
    return replace(state, protection=protection, seen=None), command


def withdrawn(state: State, before: State, after: State) -> State:
    """Take back what somebody asked for, by the states before and after that: the thermostat refused it."""
    now, was, came = state.protection, before.protection, after.protection
    setpoint = setpoints.withdrawn(now.setpoint, was.setpoint, came.setpoint)
    is_withdrawn = setpoint is not now.setpoint and now.recovery == came.recovery
    recovery = was.recovery if is_withdrawn else now.recovery
    return replace(state, protection=replace(now, setpoint=setpoint, recovery=recovery), seen=None)


def unreleased(
    state: State, before: State, switches: Collection[Switch], *, is_told: bool
) -> State:
    """Take back of a release what could not be done: what the thermostat was not told, and what was not put back, is to be done again."""
    now, was = state.protection, before.protection
    setpoint = now.setpoint if is_told else setpoints.untold(now.setpoint, was.setpoint)
    left = {switch: one for switch, one in was.switches.items() if switch in switches}
    return replace(state, protection=replace(now, setpoint=setpoint, switches=left), seen=None)


def recovering(state: State, ready_by: datetime, temperature: float) -> State:
    """Take in that it is to be so warm, °C, by an instant."""
    return replace(
        state, protection=protect.recovering(state.protection, ready_by, temperature), seen=None
    )


def let_go(state: State) -> State:
    """Take in that what was set by hand may be limited again."""
    return replace(state, protection=protect.let_go(state.protection), seen=None)


def released(state: State, observation: Observation, settings: Settings) -> tuple[State, Decided]:
    """Give back what was asked for; tell also what is to be told and switched for that."""
    situation = _situation(state.watch, observation, state.trend, state.sizing, settings)
    decided = protect.released(state.protection, _control_scene(situation))
    return replace(state, protection=decided.protection, seen=None), decided


def confirmed(state: State, observation: Observation, settings: Settings) -> State:
    """Update the record with the setpoint that the thermostat shows after the last command of a guard that ends."""
    situation = _situation(state.watch, observation, state.trend, state.sizing, settings)
    return replace(
        state, protection=protect.followed(state.protection, _control_scene(situation)), seen=None
    )


def is_wanted(state: State, command: Command, settings: Settings) -> bool:
    """Tell whether a command still stands, when its turn has come."""
    decision, told = state.view.decision, state.protection.setpoint.told
    if settings.mode is Mode.PROTECT and decision is not None:
        return abs(decision.applied - command.setpoint) < EPSILON
    return (
        told is not None
        and told.origin is Origin.GIVEN_BACK
        and abs(told.value - command.setpoint) < EPSILON
    )


def watch_at(state: State, at: datetime, settings: Settings) -> Watch:
    """Count up to an instant at which nothing changed, to write it down."""
    return watches.passed(state.watch, at, settings)


def _trimmed(watch: Watch) -> Watch:
    ledger = ledgers.trimmed(watch.ledger)
    return watch if ledger is watch.ledger else replace(watch, ledger=ledger)


def _judged(state: State, watch: Watch, observation: Observation, settings: Settings) -> Step:
    another_day = watch.bounds is not state.watch.bounds and watch.bounds != state.watch.bounds
    if another_day:
        watch = _trimmed(watch)
    shown = state.figures if watch is state.watch else _figures(state, watch, another_day)
    followed = trend.followed(state.trend, observation.at, temperature(observation.thermostat.room))
    situation = _situation(watch, observation, followed, state.sizing, settings)
    scene = _control_scene(situation, state.alerts.allowed_until)
    decided = protect.decided(state.protection, scene)
    advice, last_cooled = protect.advice(decided), decided.protection.setpoint.last_cooled
    if advice is not None or last_cooled:
        situation = replace(situation, advice=advice, last_cooled=last_cooled)
    judged = _looked_at(state, situation, decided)
    times = (accounts.due(shown, watch.ledger), watch.signals_due, judged.due, decided.due)
    wake = min(time for time in times if time is not None)
    decision = state.view.decision if decided.decision == state.view.decision else decided.decision
    is_alike = (
        judged.alerts is state.alerts and watch is state.watch and decision is state.view.decision
    )
    view = (
        state.view
        if is_alike
        else _view(watch, shown, _standing(state, judged.alerts, observation.at), decision)
    )
    view = state.view if view == state.view else view
    after = State(
        watch,
        view,
        wake,
        judged.alerts,
        judged.due,
        judged.at,
        followed,
        state.sizing,
        observation,
        decided.protection,
    )
    return Step(
        after,
        view,
        wake,
        judged.happenings,
        decided.command,
        decided.switched,
        Traced(scene, state.protection, decided),
    )


def _looked_at(state: State, now: Situation, decided: Decided) -> Judged:
    """Look at a situation by all rules; where nothing but time went on, and not for long, none can have come to say anything else."""
    due, judged_at = state.rules_due, state.judged_at
    if (
        judged_at is not None
        and timedelta(0) <= now.at - judged_at < RULES_BEAT
        and (due is None or now.at < due)
        and now.heat == state.watch.heat
        and now.evidence == state.watch.evidence
        and now.observation == state.seen
        and decided.decision == state.view.decision
    ):
        return Judged(state.alerts, judged_at, due)
    return alarm.judged(state.alerts, now)


def _standing(state: State, alerts: Alerts, at: datetime) -> Standing:
    standing, before = alarm.standing(alerts, at), state.view.alerts
    return before if standing == before else standing


def _figures(state: State, watch: Watch, another_day: bool) -> Figures:
    ledger = watch.ledger
    if (
        another_day
        or ledger.points[-1].state is not state.ledger.points[-1].state
        or watch.heat != state.watch.heat
    ):
        return accounts.figures(ledger, watch.bounds)
    return accounts.refreshed(state.figures, ledger)


def _situation(
    watch: Watch,
    observation: Observation,
    followed: Trend,
    sizing: Sizing | None,
    settings: Settings,
) -> Situation:
    thermostat = observation.thermostat
    return Situation(
        observation,
        watch.evidence,
        watch.heat,
        watch.ledger,
        watch.tally,
        watch.circumstances,
        followed,
        sizing,
        settings,
        outdoor_now(observation),
        temperature(thermostat.room),
        temperature(thermostat.setpoint) if thermostat.is_set_to_heat else None,
    )


def _control_scene(now: Situation, allowed_until: datetime | None = None) -> Scene:
    """Find what a decision goes by."""
    is_over = False
    if now.settings.mode is not Mode.MONITOR:
        # What was to be expected no setpoint spares, but one that leaves people in the cold.
        verdict = runtime.over_budget(now, now.settings.alerts.choices[Alert.OVERRUN].figures)
        is_over = bool(verdict.holds) and not verdict.quiet
    last_aux = None if now.ledger.run is None else now.ledger.run.last_seen
    return Scene(
        now.observation,
        now.settings,
        now.outdoor,
        now.room,
        now.setpoint,
        is_over,
        last_aux,
        allowed_until,
    )


def _view(
    watch: Watch, shown: Figures, standing: Standing, decision: Decision | None = None
) -> View:
    return View(watch.heat, watch.evidence, shown, watch.ledger.run, standing, decision)
