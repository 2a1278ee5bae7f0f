"""Reference for the figures of the ledger: counts every second one by one."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from functools import cache

from custom_components.aux_heat_guard.core.account.ledger import Totals
from custom_components.aux_heat_guard.core.model import HeatState, Run

STRIPS_OFF = "strips off, thermostat gone"
STATE_CODES = {name: code for code, name in enumerate([*HeatState, STRIPS_OFF])}
LONGEST_GAP = 6 * 3600
AUX = {HeatState.HEAT_PUMP_AUX, HeatState.EMERGENCY, HeatState.FURNACE}


@dataclass
class Oracle:
    """One byte for each second from the start, and the known states of aux heat, in order."""

    start: datetime
    length: int
    seconds: bytearray = field(init=False)
    aux_sightings: list[tuple[int, bool]] = field(default_factory=list)
    """The (second, is on) at each change. Times with an unknown state have none."""

    def __post_init__(self) -> None:
        self.seconds = bytearray([STATE_CODES[HeatState.UNKNOWN]]) * self.length

    def set_state_from(self, second: int, name: HeatState | str) -> None:
        """Set the state from a second on."""
        self.seconds[second:] = bytes([STATE_CODES[name]]) * (self.length - second)
        if name is not HeatState.UNKNOWN:
            self.aux_sightings.append((second, name in AUX))

    def count_totals(self, since: datetime, until: datetime) -> Totals:
        """Count the seconds of a window, and how often the strips turned on in it."""
        first = max(round((since - self.start).total_seconds()), 0)
        end = round((until - self.start).total_seconds())
        window = self.seconds[first:end]
        count = {name: float(window.count(code)) for name, code in STATE_CODES.items()}
        return Totals(
            aux=sum(count[name] for name in AUX),
            heat_pump=count[HeatState.HEAT_PUMP] + count[HeatState.HEAT_PUMP_AUX],
            emergency=count[HeatState.EMERGENCY],
            furnace=count[HeatState.FURNACE],
            defrost=count[HeatState.DEFROST],
            aux_unknown=count[HeatState.UNKNOWN],
            heat_pump_unknown=count[HeatState.UNKNOWN] + count[STRIPS_OFF],
            cycles=sum(first <= second <= end for second in self._aux_starts()),
        )

    def find_last_run(self, until: datetime) -> Run | None:
        """Return the last run."""
        starts = self._aux_starts()
        if not starts:
            return None
        first, end = starts[-1], round((until - self.start).total_seconds())
        last = max(self.seconds.rfind(STATE_CODES[name], first, end) for name in AUX)
        seconds = float(sum(self.seconds.count(STATE_CODES[name], first, end) for name in AUX))
        return Run(
            start=self.start + timedelta(seconds=first),
            last_seen=self.start
            + timedelta(
                seconds=max(
                    last + 1, *(second for second, on in self.aux_sightings if on and second <= end)
                )
            ),
            seconds=seconds,
            is_running=self.aux_sightings[-1][1],
            kwh=seconds,
        )

    def _aux_starts(self) -> list[int]:
        before = [(0, False), *self.aux_sightings]
        return [
            second
            for (second, on), (earlier, was_on) in zip(self.aux_sightings, before, strict=False)
            if on and not (was_on and second - self._last_on_second(earlier, second) <= LONGEST_GAP)
        ]

    def _last_on_second(self, first: int, end: int) -> int:
        """Return the last second at which aux heat was known to be on, from a change on."""
        return max(first, *(self.seconds.rfind(STATE_CODES[name], first, end) + 1 for name in AUX))


@cache
def local_midnights(zone: tzinfo, first: datetime, days: int) -> list[tuple[date, datetime]]:
    """Return when each local date first appears, in steps of 15 minutes."""
    found: list[tuple[date, datetime]] = []
    for quarter in range(days * 96):
        now = first + timedelta(minutes=15 * quarter)
        today = now.astimezone(zone).date()
        if not found or today > found[-1][0]:
            found.append((today, now))
    return found[1:]


def window_starts(now: datetime, zone: tzinfo, first: datetime, days: int) -> dict[str, datetime]:
    """Return the starts of the windows around an instant, from the calendar alone."""
    reached = [(day, at) for day, at in local_midnights(zone, first, days) if at <= now]
    today = reached[-1][0]
    monday = today - timedelta(days=today.weekday())
    season = date(today.year if today.month >= 7 else today.year - 1, 7, 1)

    def start(of: date) -> datetime:
        return next((at for day, at in reached if day >= of), reached[0][1])

    return {
        "today": start(today),
        "week": start(monday),
        "month": start(today.replace(day=1)),
        "season": start(season),
    }
