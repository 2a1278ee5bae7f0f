"""Every option with its default, range, unit and reason; the only home of defaults."""

from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from enum import StrEnum

from ..curve import Curve
from ..model import Equipment, Mode
from ..units import NumberSpec
from .alerts import DEFAULT_ALERTS, AlertSettings
from .protection import DEFAULT_PROTECTION, ProtectionSettings
from .signal import Signal

CONFIRM_POWER = NumberSpec(
    20,
    0,
    600,
    1,
    "s",
    "Blowers and compressors start with a surge of a few seconds; strips stay on for minutes.",
)
ELEMENT_KW = 5.0
"""Strips are made of elements of about this power, which are switched one after the other: 10 kW
are two of them."""

MEAN_POWER_SHARE = 0.85
"""A power below this share of what the strips drew is a mean over a time in which they went off. A
higher one would split means more evenly between on and off (0.9 is right on average); a lower
one leaves more room for a voltage that sags: 7 % less is 14 % less power."""

ELEMENT_TOLERANCE = 0.05
"""How far a power may be from that of fewer elements and still be theirs, as a share of what all
drew before: meters are good to 2 %, and the fan's share does not fall with them. Wider, more
means would be taken for fewer elements."""

MAX_MEAN_WINDOW = timedelta(minutes=5)
"""No meter that is used here averages over a longer time: what stands for as long is no mean of on
and off."""

POWER_ON = NumberSpec(
    1000,
    0,
    50_000,
    1,
    "W",
    "Under the smallest strip of 5 kW at low voltage, over any blower (up to 800 W).",
)
POWER_OFF = NumberSpec(
    500, 0, 50_000, 1, "W", "Half of the threshold: a meter's noise does not toggle it."
)
DEMAND_ON = NumberSpec(
    0, 0, 100_000, 0.1, None, "Stages and demands are 0 when nothing is asked for."
)
STRIPS_KW = NumberSpec(10, 0, 40, 0.1, "kW", "The middle of the usual sizes 5, 10, 15 and 20 kW.")
PRICE = NumberSpec(
    0,
    -1000,
    100_000,
    0.001,
    None,
    "Nobody knows it but the user; until it is given no money is counted.",
)
SEASON_START_MONTH = NumberSpec(
    7,
    1,
    12,
    1,
    None,
    "From July to June: no home on the northern half of the earth heats at its start.",
)

OUTDOOR_STALE = timedelta(hours=3)
"""A weather service misses an hour now and then; after three the value says nothing about now."""

REPORTING_CHECK_INTERVAL = timedelta(minutes=15)
"""How often to look when the sources reported last. More often costs wake-ups of a home in which
nothing happens; less often, the limits below have to be longer."""

STALE_FACTOR = 4
"""A source that is silent for so many times its usual silence reports no more: polls fail two or
three times in a row and work again."""

STALE_FLOOR = timedelta(minutes=20)
"""No source is stale sooner. A silence of 20 min may be seen as one of 5, as somebody looks each
quarter of an hour, and four times that are the 20 again. A longer floor counts more after a
thermostat's data froze: this much at the most of one that is polled by the minute."""

STALE_CEILING = timedelta(hours=6)
"""A source whose limit would be longer has none: it is usually silent for more than an hour and a
half, as relays are that report changes."""

REPORTING_MIN_REPEATS = 5
"""How often a source must have reported what it had reported before, until that is its habit: a
radio repeats itself now and then."""

REPORTING_LEARN_TIME = timedelta(hours=1)
"""For how long a source must have been followed, until its habit is known: longer than what is
frozen most often goes unnoticed after a start; shorter than the silences of a source that
reports by the hour."""

REPORTING_PERIOD = timedelta(days=1)
"""Silences are remembered for one to two of it: what a source does at night counts in the evening,
what it did last week does not."""

REPORTING_RANK = 3
"""The usual silence is the longest but so many of these: two failures in two days are no habit."""

DUPLICATE_REPORT_WINDOW = timedelta(seconds=10)
"""What is reported again so soon is the same report, come twice, as radios have it; no thermostat
is polled so often."""

PLAUSIBLE_TEMPERATURE = (-60.0, 60.0)
"""°C. Outside it no home and no weather is: the sensor is wrong."""

TODAY_INTERVAL = timedelta(seconds=60)
"""The highest age of today's figures while aux heat runs. Less costs writes nobody can read."""

USAGE_INTERVAL = timedelta(seconds=300)
"""All other figures while AUX runs; also the longest time between two checkpoints while something
changes."""

RULES_INTERVAL = timedelta(seconds=300)
"""The rules look again, where nothing but time went on: how a room went is known by as much."""

MAX_TRACE_STEPS = 50
"""How many steps are kept to be explained: a cold night has as many."""

IDLE_USAGE_INTERVAL = timedelta(seconds=900)
"""All figures while AUX does not run: what grows then, or falls out of a rolling window, is looked
up, not watched."""

RECENT_PERIOD = timedelta(days=8)
"""How long every change of state is kept at hand: the rolling seven days lie within it, and a week
that has a day of 25 h."""

MAX_POINTS = 4000
"""How many points are kept at hand at the most: a busy home has 250 a day; a relay that flickers
must not fill the memory."""

MAX_FILE_POINTS = 230
"""How many points the file that is written every few minutes holds at the most: 11 kB at the
worst, where the whole is to stay under 21."""

MAX_RUNS = 1000
"""How many runs that ended are kept at hand at the most: a busy home has 100 a day; those of a
relay that flickers are none to speak of."""

MAX_FILE_RUNS = 40
"""How many of them the small file holds at the most: 3 kB. Two busy days of 20."""

ARCHIVE_EVERY = timedelta(days=1)
"""The file of a season grows to a megabyte at the most in a busy home, of 140 changes and 35 runs
a day through half a year: written each hour it would wear out a memory card."""

ARCHIVE_SOONEST = timedelta(hours=1)
"""Where a day has more points than the small file holds."""

FILE_RETRY = timedelta(minutes=1)
"""When to look again at a file that could not be read: a drive that is mounted late is there
within minutes, and a look costs nothing."""

ARCHIVE_RETRY = timedelta(hours=1)
"""After a failure: a full disk is seldom cleared within minutes, each attempt writes a whole
season, and the small file holds a day."""

THINNED_SPACING = timedelta(minutes=6)
"""How far apart the older ones are where they were too many: 1920 of them cover eight days."""

RUN_GAP = timedelta(hours=6)
"""Strips that are seen on again after a longer time without being seen have not run through: no
recovery lasts that long."""

MAX_MONTHS = 14
"""How many starts of months are kept at hand: the longest window, a season, begins with one of the
last twelve."""

MAX_CATCH_UP = timedelta(days=400)
"""Of a clock that was further off than a year and a bit, the rest is counted without hours, months
and energy: each hour would cost a look."""

MAX_POWER_GAP = timedelta(minutes=15)
"""Two readings of a power meter that lie further apart tell nothing of the time between them."""

METER_RESET_SHARE = 0.9
"""A counter that falls below this share of what it was has been reset; a smaller step back is its
inaccuracy. Home Assistant's own figure."""

MAX_AUX_KW = 50.0
"""kW. No home's backup heat draws more: a counter that claims it has been replaced, or is wrong."""

MAX_STRIPS_OVERLOAD = 1.1
"""How much more than rated strips can draw: 5 % over the rated voltage is 10 % more power.

Much more would let a wrong reading pass.
"""

MAX_METER_DIP = timedelta(minutes=30)
"""A counter that falls and is back at its old level in one step within this time was not reset:
devices restart and reconnect in minutes. The longer it is, the more a counter that is reset
each day and read seldom may lose after a day of little use; the shorter, the more a wrong
reading adds."""

MAX_METER_KWH = 1e9
"""No home's counter goes further: a larger reading is a fault, and what is summed up by it could
never be put right."""

METER_STEP_KWH = 1.0
"""A counter of whole kWh grows by this at once, however short the time since its last reading."""

STANDARD_COP = ((-25.0, 1.1), (-8.33, 2.3), (8.33, 3.5), (15.0, 3.98))
"""(°C outdoors, heat per electricity) of a usual heat pump: 2.3 at 17 °F, 3.5 at 47 °F, and on the
same line a little beyond."""

COLD_CLIMATE_COP = ((-25.0, 1.4), (-15.0, 1.75), (8.33, 3.9), (15.0, 4.4))
"""The same of a cold-climate heat pump: 1.75 at 5 °F (-15 °C) is the least that may be called so,
so real ones do better."""

MIN_COP, MAX_COP = 1.0, 8.0
"""No heat pump is worse than strips, and none that heats a home is better."""


class EnergySource(StrEnum):
    """The source of the energy of aux heat."""

    RATED = "rated"
    POWER = "power"
    METER = "meter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one guard."""

    signals: tuple[Signal, ...] = ()
    equipment: Equipment = Equipment.STRIPS
    zone: tzinfo = UTC
    """The home's time zone."""
    season_start_month: int = int(SEASON_START_MONTH.default)
    energy_source: EnergySource = EnergySource.RATED
    strips_kw: float = STRIPS_KW.default
    cop: Curve = STANDARD_COP
    """(°C outdoors, heat per electricity) of the heat pump, coldest first; linear between,
    constant beyond."""
    has_outdoor: bool = False
    """Whether a source of the outdoor temperature is configured."""
    has_forecast: bool = False
    """Whether a weather forecast is configured."""
    mode: Mode = Mode.MONITOR
    alerts: AlertSettings = DEFAULT_ALERTS
    protection: ProtectionSettings = DEFAULT_PROTECTION
