"""Reads what the recorder has of a guard's sources, and has the core live through it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from homeassistant.components.recorder import Recorder, history
from homeassistant.components.recorder.db_schema import RecorderRuns, States
from homeassistant.components.recorder.util import session_scope
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.session import Session

from ..core.account import archive
from ..core.account import ledger as ledgers
from ..core.account import replay as replays
from ..core.account import tracker as watches
from ..core.account.archive import CoverageGap
from ..core.account.ledger import Ledger
from ..core.account.replay import Replay
from ..core.account.tracker import Tracker
from ..core.model import Observation, Role
from ..core.settings.guard import STALE_FLOOR
from ..options.guard import GuardConfig
from ..sources.observe import UNUSABLE_STATES, build_observation

RECORDER = "recorder"
CHUNK_DURATION = timedelta(hours=12)
"""A chunk of a busy home is some thousand states: tens of milliseconds of work, and little memory."""

RecorderReadError = SQLAlchemyError
"""The recorder's database could not be read."""

PERIOD_MARGIN = timedelta(milliseconds=1)
"""The recorder leaves out what happened at the very start of a period."""

type Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which Home Assistant ran and recorded."""

    ha_started: datetime
    """When Home Assistant started: what held before, holds no longer."""
    start: datetime
    end: datetime


def is_available(hass: HomeAssistant) -> bool:
    """Tell whether there is a recorder."""
    return RECORDER in hass.config.components


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What was lived through again."""

    ledger: Ledger
    """With all points from the beginning of it on, however long ago."""
    tracker: Tracker
    """Where it ends."""
    since: datetime


async def async_catch_up(
    hass: HomeAssistant,
    guard_config: GuardConfig,
    tracker: Tracker,
    until: datetime,
    report_progress: Progress,
) -> ReplayResult:
    """Go on from a watch that was written down until an instant."""
    replay, _ = await _async_replay(hass, guard_config, tracker, until, report_progress)
    return ReplayResult(replays.full_ledger(replay), replay.tracker, tracker.ledger.at)


async def async_rebuild(  # noqa: PLR0913, PLR0917 -- what is known, and what is wanted
    hass: HomeAssistant,
    guard_config: GuardConfig,
    whole: Ledger,
    current: Tracker,
    until: datetime,
    report_progress: Progress,
) -> ReplayResult:
    """Live again through all the recorder has; what it missed stays as it was counted, sign by sign.

    Known: what is known by now of the sources.
    """
    settings = guard_config.settings
    since = await _async_first_recorded_at(hass, guard_config, until)
    begin = await hass.async_add_executor_job(archive.as_of, whole, since)
    # Later, where the history as it is kept does not reach back so far in detail: else the time between were counted twice.
    since = begin.at
    begun = watches.with_reporting_intervals(
        watches.begin_tracking(since, settings, ledgers.trim(begin)), current
    )
    replay, blanks = await _async_replay(hass, guard_config, begun, until, report_progress)
    new = replays.full_ledger(replay)
    ledger = await hass.async_add_executor_job(archive.merge, begin, whole, new, blanks)
    return ReplayResult(ledger, replay.tracker, since)


async def _async_wait_for_recorder(hass: HomeAssistant) -> Recorder:
    """Wait until the recorder has written all that happened by now."""
    instance = get_instance(hass)
    await instance.async_db_ready
    await instance.async_block_till_done()
    return instance


async def _async_first_recorded_at(
    hass: HomeAssistant, guard_config: GuardConfig, until: datetime
) -> datetime:
    """Find since when the recorder has states of what shows AUX."""
    signs = {
        signal.source.entity_id for signal in guard_config.settings.signals if signal.source
    } or {guard_config.thermostat}
    instance = await _async_wait_for_recorder(hass)
    return await instance.async_add_executor_job(_first_recorded_at, hass, signs) or until


async def _async_replay(
    hass: HomeAssistant,
    guard_config: GuardConfig,
    tracker: Tracker,
    until: datetime,
    report_progress: Progress,
) -> tuple[Replay, tuple[CoverageGap, ...]]:
    """Go on from a watch through all that was recorded until an instant; what was not recorded, nobody saw.

    Tells also which signs were not recorded. Reads in the recorder's own threads and counts in another one, in bounded chunks. Tells how
    far it is, from 0 to 1.
    """
    instance = await _async_wait_for_recorder(hass)
    begin, settings = tracker.ledger.at, guard_config.settings
    replay = replays.start_replay(tracker)
    present, blanks = (
        {entity_id: hass.states.get(entity_id) for entity_id in guard_config.watched},
        list[CoverageGap](),
    )
    for span in await instance.async_add_executor_job(_find_spans, hass, begin, until):
        if span.start > replay.tracker.ledger.at:
            replay = replays.skip_gap(replay, span.start, settings)
        reader = _StateReader(
            hass, guard_config, dict.fromkeys(guard_config.watched), present, blanks
        )
        await instance.async_add_executor_job(reader.load_initial_states, span)
        for start, end in _chunks(span):
            observations = await instance.async_add_executor_job(reader.read_chunk, start, end)
            replay = await hass.async_add_executor_job(
                replays.advance, replay, observations, end, settings
            )
            report_progress((end - begin) / (until - begin))
    if replay.tracker.ledger.at < until:
        replay = replays.skip_gap(replay, until, settings)
    return replay, tuple(blanks)


def _chunks(span: Span) -> Iterator[tuple[datetime, datetime]]:
    start = span.start
    while start < span.end:
        end = min(start + CHUNK_DURATION, span.end)
        yield start, end
        start = end


@dataclass(frozen=True, slots=True)
class _StateReader:
    """Reads chunk after chunk; the states of the sources are carried on from one to the next."""

    hass: HomeAssistant
    guard_config: GuardConfig
    states: dict[str, State | None]
    current_states: Mapping[str, State | None]
    """What the sources say by now."""
    coverage_gaps: list[CoverageGap]
    """Which signs had not been recorded, from when on."""
    silences: dict[tuple[str, float], datetime] = field(default_factory=dict)
    """Of states that stood though their source reported no more, by entity and when they came about: since when it was silent."""

    def load_initial_states(self, span: Span) -> None:
        """Find what holds at the start of a span, as far as it was said since Home Assistant started."""
        if span.start <= span.ha_started:
            return
        with session_scope(hass=self.hass, read_only=True) as session:
            told = _entities_updated_between(
                self.hass, session, self.guard_config.watched, span.ha_started, span.start
            )
        if told:
            recorded = self._fetch_states(
                span.start, span.start + PERIOD_MARGIN, sorted(told), holds_on=True
            )
            self.states.update(
                {entity_id: states[0] for entity_id, states in recorded.items() if states}
            )

    def read_chunk(self, start: datetime, end: datetime) -> list[Observation]:
        """Read a chunk."""
        recorded = self._fetch_states(start, end, sorted(self.guard_config.watched), holds_on=False)
        with session_scope(hass=self.hass, read_only=True) as session:
            reports = _last_reports(
                self.hass, session, self.guard_config.watched, start - PERIOD_MARGIN, end
            )
        for entity_id, states in recorded.items():
            self._find_silences(entity_id, states, reports)
        return list(self._iter_observations(recorded, start, end))

    def _fetch_states(
        self, start: datetime, end: datetime, entity_ids: list[str], *, holds_on: bool
    ) -> Mapping[str, list[State]]:
        recorded: Mapping[str, list[State]] = history.get_significant_states(  # type: ignore[assignment]
            self.hass,
            start - PERIOD_MARGIN,
            end,
            entity_ids,
            None,
            holds_on,
            significant_changes_only=False,
        )
        return recorded

    def _find_silences(
        self, entity_id: str, states: list[State], reports: Mapping[tuple[str, float], float]
    ) -> None:
        """Find the states that stood for long after their source had reported them last."""
        before, present = self.states.get(entity_id), self.current_states.get(entity_id)
        rows = [*([] if before is None else [before]), *states]
        for state, following in zip(rows, [*rows[1:], None], strict=True):
            key = (entity_id, state.last_updated_timestamp)
            # While a state holds, the recorder does not know when it was reported last.
            held = (
                present
                if following is None
                and present is not None
                and present.last_updated == state.last_updated
                else following
            )
            if state.state in UNUSABLE_STATES or key in self.silences or held is None:
                continue
            last = datetime.fromtimestamp(reports.get(key, state.last_updated_timestamp), UTC)
            since = last if held is following else held.last_reported
            if held is not following or held.last_updated - since >= STALE_FLOOR:
                self.silences[key] = since

    def _iter_observations(
        self, recorded: Mapping[str, list[State]], start: datetime, end: datetime
    ) -> Iterator[Observation]:
        """See the states as they followed one another, from what holds at the start on; those of one instant at once."""
        at = start
        moments = [(state.last_updated, state) for states in recorded.values() for state in states]
        for now, state in sorted(
            [*moments, *((since, None) for since in self.silences.values() if start < since < end)],
            key=_moment_time,
        ):
            if max(now, start) > at:
                yield self._build_observation(at)
                at = max(now, start)
            if state is not None:
                self.states[state.entity_id] = state
        yield self._build_observation(at)

    def _build_observation(self, at: datetime) -> Observation:
        """See what was said last. The recorder does not tell how often that was said again: it holds until something else is."""
        self._record_coverage_gaps(at)
        observation = build_observation(
            self.states, self.guard_config, at, self.hass.config.units.temperature_unit
        )
        signs = [
            None if signal.source is None else signal.source.entity_id
            for signal in self.guard_config.settings.signals
        ]
        return replace(
            observation,
            thermostat=replace(
                observation.thermostat,
                last_reported=self._silent_since(self.guard_config.thermostat, at),
            ),
            last_reported=tuple(self._silent_since(entity_id, at) for entity_id in signs),
            outdoor_last_reported=None,
            power_last_reported=None if observation.power is None else at,
        )

    def _silent_since(self, entity_id: str | None, at: datetime) -> datetime | None:
        """Find since when a source is silent at an instant; None where it reports as ever, as far as is known."""
        state = None if entity_id is None else self.states.get(entity_id)
        if entity_id is None or state is None:
            return None
        since = self.silences.get((entity_id, state.last_updated_timestamp))
        return None if since is None or since > at else since

    def _record_coverage_gaps(self, at: datetime) -> None:
        """Note which signs have not been recorded since Home Assistant started."""
        thermostat, aux, other = (
            self.guard_config.thermostat,
            False,
            self.states[self.guard_config.thermostat] is None,
        )
        for signal in self.guard_config.settings.signals:
            if (
                self.states[thermostat if signal.source is None else signal.source.entity_id]
                is None
            ):
                shows_aux = signal.role in {Role.AUX, Role.EMERGENCY}
                aux, other = aux or shows_aux, other or not shows_aux
        last = self.coverage_gaps[-1] if self.coverage_gaps else None
        if (aux, other) != (
            (last.is_aux_missing, last.is_other_missing) if last else (False, False)
        ):
            self.coverage_gaps.append(CoverageGap(at, aux, other))


def _moment_time(moment: tuple[datetime, State | None]) -> datetime:
    return moment[0]


def _last_reports(
    hass: HomeAssistant, session: Session, entity_ids: Iterable[str], start: datetime, end: datetime
) -> dict[tuple[str, float], float]:
    """Find when states that came about in a time were reported last, where they were reported again; by entity and when they came about."""
    by_metadata_id = _metadata_ids(hass, session, entity_ids)
    told = select(States.metadata_id, States.last_updated_ts, States.last_reported_ts).where(
        States.metadata_id.in_(by_metadata_id),
        States.last_updated_ts >= start.timestamp(),
        States.last_updated_ts <= end.timestamp(),
        States.last_reported_ts.is_not(None),
    )
    rows = session.execute(told).all()
    return {
        (by_metadata_id[metadata_id], updated): reported
        for metadata_id, updated, reported in rows
        if updated is not None
    }


def _metadata_ids(
    hass: HomeAssistant, session: Session, entity_ids: Iterable[str]
) -> dict[int, str]:
    known = get_instance(hass).states_meta_manager.get_many(
        list(entity_ids), session, from_recorder=False
    )
    return {
        metadata_id: entity_id
        for entity_id, metadata_id in known.items()
        if metadata_id is not None
    }


def _entities_updated_between(
    hass: HomeAssistant, session: Session, entity_ids: Iterable[str], start: datetime, end: datetime
) -> set[str]:
    """Find which entities said something in a time."""
    by_metadata_id = _metadata_ids(hass, session, entity_ids)
    told = select(States.metadata_id).where(
        States.metadata_id.in_(by_metadata_id),
        States.last_updated_ts >= start.timestamp(),
        States.last_updated_ts <= end.timestamp(),
    )
    return {
        by_metadata_id[metadata_id]
        for metadata_id in session.scalars(told.distinct())
        if metadata_id is not None
    }


def _first_recorded_at(hass: HomeAssistant, entity_ids: set[str]) -> datetime | None:
    with session_scope(hass=hass, read_only=True) as session:
        recorded = States.metadata_id.in_(_metadata_ids(hass, session, entity_ids))
        first = session.scalar(select(func.min(States.last_updated_ts)).where(recorded))
    return None if first is None else datetime.fromtimestamp(first, UTC)


def _find_spans(hass: HomeAssistant, begin: datetime, until: datetime) -> list[Span]:
    """Find when Home Assistant ran."""
    spans = []
    with session_scope(hass=hass, read_only=True) as session:
        runs = session.scalars(select(RecorderRuns).order_by(RecorderRuns.start)).all()
        for run, following in zip(runs, [*runs[1:], None], strict=True):
            start = dt_util.as_utc(run.start.replace(tzinfo=run.start.tzinfo or UTC))
            end = min(until, _run_end(session, run, following)) if following else until
            if end > max(start, begin):
                spans.append(Span(start, max(start, begin), end))
    return spans


def _run_end(session: Session, run: RecorderRuns, following: RecorderRuns) -> datetime:
    """Find when a run of Home Assistant ended. After a crash nobody knows, but the last state of it was recorded while it ran."""
    if run.end is not None and not run.closed_incorrect:
        return run.end.replace(tzinfo=run.end.tzinfo or UTC)
    before = following.start.replace(tzinfo=following.start.tzinfo or UTC).timestamp()
    last = session.scalar(
        select(func.max(States.last_updated_ts)).where(States.last_updated_ts < before)
    )
    return datetime.fromtimestamp(last or 0, UTC)
