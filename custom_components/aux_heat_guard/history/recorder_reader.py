"""Reads the recorded states of a guard's sources, and replays them in the core."""

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
from ..core.account.archive import CoverageGap
from ..core.account.ledger import Ledger
from ..core.account.replay import Replay, start_replay
from ..core.account.tracker import Tracker, begin_tracking
from ..core.model import Observation, Role
from ..core.settings.guard import STALE_FLOOR
from ..options.guard import GuardConfig
from ..sources.observe import UNUSABLE_STATES, build_observation

RECORDER = "recorder"
CHUNK_DURATION = timedelta(hours=12)
"""A chunk of a busy home is some thousand states: tens of milliseconds, and little memory."""

RecorderReadError = SQLAlchemyError
"""The recorder's database could not be read."""

PERIOD_MARGIN = timedelta(milliseconds=1)
"""The recorder leaves out the states at the very start of a period."""

type Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Span:
    """The time in which Home Assistant ran and recorded."""

    ha_started: datetime
    """When Home Assistant started: earlier states no longer apply."""
    start: datetime
    end: datetime


def is_available(hass: HomeAssistant) -> bool:
    """Return True if there is a recorder."""
    return RECORDER in hass.config.components


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """The outcome of a replay."""

    ledger: Ledger
    """The ledger with all its points, however old."""
    tracker: Tracker
    """The tracker at the end of the replay."""
    since: datetime


async def async_catch_up(
    hass: HomeAssistant,
    guard_config: GuardConfig,
    tracker: Tracker,
    until: datetime,
    report_progress: Progress,
) -> ReplayResult:
    """Replay the time from a saved tracker until an instant."""
    replay, _ = await _async_replay(hass, guard_config, tracker, until, report_progress)
    return ReplayResult(replay.full_ledger(), replay.tracker, tracker.ledger.at)


async def async_rebuild(  # noqa: PLR0913, PLR0917 -- the known history, and the period
    hass: HomeAssistant,
    guard_config: GuardConfig,
    full_ledger: Ledger,
    current: Tracker,
    until: datetime,
    report_progress: Progress,
) -> ReplayResult:
    """Replay all that the recorder has; what it did not record stays as it was counted.

    The current tracker gives the reporting intervals of the sources.
    """
    settings = guard_config.settings
    since = await _async_first_recorded_at(hass, guard_config, until)
    begin = await hass.async_add_executor_job(archive.as_of, full_ledger, since)
    # Later, if the saved history has no details that old: else the time between counts twice.
    since = begin.at
    initial = begin_tracking(since, settings, begin.trim()).with_reporting_intervals(current)
    replay, gaps = await _async_replay(hass, guard_config, initial, until, report_progress)
    replayed = replay.full_ledger()
    ledger = await hass.async_add_executor_job(archive.merge, begin, full_ledger, replayed, gaps)
    return ReplayResult(ledger, replay.tracker, since)


async def _async_wait_for_recorder(hass: HomeAssistant) -> Recorder:
    """Wait until the recorder has written all states up to now."""
    instance = get_instance(hass)
    await instance.async_db_ready
    await instance.async_block_till_done()
    return instance


async def _async_first_recorded_at(
    hass: HomeAssistant, guard_config: GuardConfig, until: datetime
) -> datetime:
    """Return when the recorder's states of the aux heat signals begin."""
    entity_ids = {
        signal.source.entity_id for signal in guard_config.settings.signals if signal.source
    } or {guard_config.thermostat}
    instance = await _async_wait_for_recorder(hass)
    return await instance.async_add_executor_job(_first_recorded_at, hass, entity_ids) or until


async def _async_replay(
    hass: HomeAssistant,
    guard_config: GuardConfig,
    tracker: Tracker,
    until: datetime,
    report_progress: Progress,
) -> tuple[Replay, tuple[CoverageGap, ...]]:
    """Replay the recorded states from a tracker until an instant; the rest is unknown.

    Return also which signals were not recorded. Reads in the recorder's own threads and counts in
    another one, in bounded chunks. Reports the progress as a share from 0 to 1.
    """
    instance = await _async_wait_for_recorder(hass)
    begin, settings = tracker.ledger.at, guard_config.settings
    replay = start_replay(tracker)
    present = {entity_id: hass.states.get(entity_id) for entity_id in guard_config.watched}
    gaps: list[CoverageGap] = []
    for span in await instance.async_add_executor_job(_find_spans, hass, begin, until):
        if span.start > replay.tracker.ledger.at:
            replay = replay.skip_gap(span.start, settings)
        reader = _StateReader(
            hass=hass,
            guard_config=guard_config,
            states=dict.fromkeys(guard_config.watched),
            current_states=present,
            coverage_gaps=gaps,
        )
        await instance.async_add_executor_job(reader.load_initial_states, span)
        for start, end in _chunks(span):
            observations = await instance.async_add_executor_job(reader.read_chunk, start, end)
            replay = await hass.async_add_executor_job(replay.advance, observations, end, settings)
            report_progress((end - begin) / (until - begin))
    if replay.tracker.ledger.at < until:
        replay = replay.skip_gap(until, settings)
    return replay, tuple(gaps)


def _chunks(span: Span) -> Iterator[tuple[datetime, datetime]]:
    start = span.start
    while start < span.end:
        end = min(start + CHUNK_DURATION, span.end)
        yield start, end
        start = end


@dataclass(frozen=True, slots=True, kw_only=True)
class _StateReader:
    """Reads chunk after chunk, and carries the states of the sources from one to the next."""

    hass: HomeAssistant
    guard_config: GuardConfig
    states: dict[str, State | None]
    current_states: Mapping[str, State | None]
    """The present states of the sources."""
    coverage_gaps: list[CoverageGap]
    """Which signals were not recorded, from when on."""
    silences: dict[tuple[str, float], datetime] = field(default_factory=dict)
    """When a source fell silent while a state remained, by entity and time of the state."""

    def load_initial_states(self, span: Span) -> None:
        """Load the states at the start of a span, if they were set since Home Assistant started."""
        if span.start <= span.ha_started:
            return
        with session_scope(hass=self.hass, read_only=True) as session:
            updated = _entities_updated_between(
                self.hass, session, self.guard_config.watched, span.ha_started, span.start
            )
        if updated:
            recorded = self._fetch_states(
                span.start, span.start + PERIOD_MARGIN, sorted(updated), with_initial_state=True
            )
            self.states.update(
                {entity_id: states[0] for entity_id, states in recorded.items() if states}
            )

    def read_chunk(self, start: datetime, end: datetime) -> list[Observation]:
        """Return the observations of a chunk."""
        recorded = self._fetch_states(
            start, end, sorted(self.guard_config.watched), with_initial_state=False
        )
        with session_scope(hass=self.hass, read_only=True) as session:
            reports = _last_reports(
                self.hass, session, self.guard_config.watched, start - PERIOD_MARGIN, end
            )
        for entity_id, states in recorded.items():
            self._find_silences(entity_id, states, reports)
        return list(self._iter_observations(recorded, start, end))

    def _fetch_states(
        self, start: datetime, end: datetime, entity_ids: list[str], *, with_initial_state: bool
    ) -> Mapping[str, list[State]]:
        recorded: Mapping[str, list[State]] = history.get_significant_states(  # type: ignore[assignment]
            self.hass,
            start - PERIOD_MARGIN,
            end,
            entity_ids,
            None,
            with_initial_state,
            significant_changes_only=False,
        )
        return recorded

    def _find_silences(
        self, entity_id: str, states: list[State], reports: Mapping[tuple[str, float], float]
    ) -> None:
        """Find the states that remained long after the last report of their source."""
        before, present = self.states.get(entity_id), self.current_states.get(entity_id)
        rows = [*([] if before is None else [before]), *states]
        for state, following in zip(rows, [*rows[1:], None], strict=True):
            key = (entity_id, state.last_updated_timestamp)
            # While a state is current, the recorder does not know when it was last reported.
            next_state = (
                present
                if following is None
                and present is not None
                and present.last_updated == state.last_updated
                else following
            )
            if state.state in UNUSABLE_STATES or key in self.silences or next_state is None:
                continue
            last = datetime.fromtimestamp(reports.get(key, state.last_updated_timestamp), UTC)
            since = last if next_state is following else next_state.last_reported
            if next_state is not following or next_state.last_updated - since >= STALE_FLOOR:
                self.silences[key] = since

    def _iter_observations(
        self, recorded: Mapping[str, list[State]], start: datetime, end: datetime
    ) -> Iterator[Observation]:
        """Yield an observation for the start and for each instant at which states changed."""
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
        """Return the observation of the present states.

        The recorder does not keep repeated reports, so a state applies until the next one.
        """
        self._record_coverage_gaps(at)
        observation = build_observation(
            self.states, self.guard_config, at, self.hass.config.units.temperature_unit
        )
        signal_entities = [
            None if signal.source is None else signal.source.entity_id
            for signal in self.guard_config.settings.signals
        ]
        return replace(
            observation,
            thermostat=replace(
                observation.thermostat,
                last_reported=self._silent_since(self.guard_config.thermostat, at),
            ),
            last_reported=tuple(self._silent_since(entity_id, at) for entity_id in signal_entities),
            outdoor_last_reported=None,
            power_last_reported=None if observation.power is None else at,
        )

    def _silent_since(self, entity_id: str | None, at: datetime) -> datetime | None:
        """Return since when a source is silent at an instant; None if it still reports."""
        state = None if entity_id is None else self.states.get(entity_id)
        if entity_id is None or state is None:
            return None
        since = self.silences.get((entity_id, state.last_updated_timestamp))
        return None if since is None or since > at else since

    def _record_coverage_gaps(self, at: datetime) -> None:
        """Record which signals have no recorded state since Home Assistant started."""
        thermostat = self.guard_config.thermostat
        is_aux_missing, is_other_missing = False, self.states[thermostat] is None
        for signal in self.guard_config.settings.signals:
            entity_id = thermostat if signal.source is None else signal.source.entity_id
            if self.states[entity_id] is not None:
                continue
            if signal.role in {Role.AUX, Role.EMERGENCY}:
                is_aux_missing = True
            else:
                is_other_missing = True
        last = self.coverage_gaps[-1] if self.coverage_gaps else None
        before = (last.is_aux_missing, last.is_other_missing) if last else (False, False)
        if (is_aux_missing, is_other_missing) != before:
            self.coverage_gaps.append(CoverageGap(at, is_aux_missing, is_other_missing))


def _moment_time(moment: tuple[datetime, State | None]) -> datetime:
    return moment[0]


def _last_reports(
    hass: HomeAssistant, session: Session, entity_ids: Iterable[str], start: datetime, end: datetime
) -> dict[tuple[str, float], float]:
    """Return when states of a period were last reported, by entity and time of the state.

    States that were reported once only are left out.
    """
    by_metadata_id = _metadata_ids(hass, session, entity_ids)
    statement = select(States.metadata_id, States.last_updated_ts, States.last_reported_ts).where(
        States.metadata_id.in_(by_metadata_id),
        States.last_updated_ts >= start.timestamp(),
        States.last_updated_ts <= end.timestamp(),
        States.last_reported_ts.is_not(None),
    )
    rows = session.execute(statement).all()
    return {
        (by_metadata_id[metadata_id], updated): reported
        for metadata_id, updated, reported in rows
        if updated is not None
    }


def _metadata_ids(
    hass: HomeAssistant, session: Session, entity_ids: Iterable[str]
) -> dict[int, str]:
    metadata_ids = get_instance(hass).states_meta_manager.get_many(
        list(entity_ids), session, from_recorder=False
    )
    return {
        metadata_id: entity_id
        for entity_id, metadata_id in metadata_ids.items()
        if metadata_id is not None
    }


def _entities_updated_between(
    hass: HomeAssistant, session: Session, entity_ids: Iterable[str], start: datetime, end: datetime
) -> set[str]:
    """Return the entities that were updated in a period."""
    by_metadata_id = _metadata_ids(hass, session, entity_ids)
    statement = select(States.metadata_id).where(
        States.metadata_id.in_(by_metadata_id),
        States.last_updated_ts >= start.timestamp(),
        States.last_updated_ts <= end.timestamp(),
    )
    return {
        by_metadata_id[metadata_id]
        for metadata_id in session.scalars(statement.distinct())
        if metadata_id is not None
    }


def _first_recorded_at(hass: HomeAssistant, entity_ids: set[str]) -> datetime | None:
    with session_scope(hass=hass, read_only=True) as session:
        recorded = States.metadata_id.in_(_metadata_ids(hass, session, entity_ids))
        first = session.scalar(select(func.min(States.last_updated_ts)).where(recorded))
    return None if first is None else datetime.fromtimestamp(first, UTC)


def _find_spans(hass: HomeAssistant, begin: datetime, until: datetime) -> list[Span]:
    """Return the spans in which Home Assistant ran."""
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
    """Return when a run of Home Assistant ended; after a crash, the time of its last state."""
    if run.end is not None and not run.closed_incorrect:
        return run.end.replace(tzinfo=run.end.tzinfo or UTC)
    before = following.start.replace(tzinfo=following.start.tzinfo or UTC).timestamp()
    last = session.scalar(
        select(func.max(States.last_updated_ts)).where(States.last_updated_ts < before)
    )
    return datetime.fromtimestamp(last or 0, UTC)
