"""Every option of a guard with its default, range, unit and reason: the only place of defaults."""

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
"""The usual power of one element of the strips, in kW. Elements are switched one after another:
strips of 10 kW have two."""

MEAN_POWER_SHARE = 0.85
"""The share of the strips' power below which a reading is a mean over a time in which the strips
turned off. A higher share would split such means more evenly between on and off (0.9 is right on
average). A lower share leaves more room for a sagging voltage: 7 % less voltage is 14 % less
power."""

ELEMENT_TOLERANCE = 0.05
"""The tolerance for recognizing the power of fewer elements, as a share of the power that all
elements drew before. Meters are accurate to 2 %, and the power of the fan does not fall with the
number of elements. With a larger tolerance, more means would be mistaken for fewer elements."""

MAX_MEAN_WINDOW = timedelta(minutes=5)
"""The longest time over which a meter averages power. A reading that holds for longer is not a mean
of on and off."""

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
"""The age from which an outdoor temperature is stale. A weather service misses an hour now and
then; after three hours, its value no longer describes the present."""

REPORTING_CHECK_INTERVAL = timedelta(minutes=15)
"""The interval between checks for new reports of the sources. A shorter interval costs wake-ups
while nothing happens. A longer one requires longer limits below."""

STALE_FACTOR = 4
"""The number of usual silences after which a source is stale. Polls can fail two or three times in
a row, and then work again."""

STALE_FLOOR = timedelta(minutes=20)
"""The shortest silence after which a source is stale. With a check each quarter of an hour, a
silence of 20 minutes may be measured as 5, and four times 5 is 20 again. With a longer floor, more
time is counted after the data of a thermostat froze: up to the floor, if the thermostat is polled
each minute."""

STALE_CEILING = timedelta(hours=6)
"""The longest silence after which a source is stale. A source whose limit would be longer is never
stale: its usual silence exceeds an hour and a half, like that of a relay that reports changes
only."""

REPORTING_MIN_REPEATS = 5
"""The number of repeated reports from which a source is known to report unchanged values. A radio
device repeats a report now and then."""

REPORTING_LEARN_TIME = timedelta(hours=1)
"""The time a source is tracked before its usual silence is known. The longer this time, the later
frozen data is noticed after a start. The shorter, the less is known of a source that reports each
hour."""

REPORTING_PERIOD = timedelta(days=1)
"""The period of remembered silences, which are kept for one to two periods. The silences of the
night count in the evening, those of last week do not."""

REPORTING_RANK = 3
"""The rank of the usual silence among the remembered ones, longest first: two failures in two days
are not usual."""

DUPLICATE_REPORT_WINDOW = timedelta(seconds=10)
"""The time within which a repeated report is a duplicate, as radio devices send them. No thermostat
is polled so often."""

PLAUSIBLE_TEMPERATURE = (-60.0, 60.0)
"""The range of plausible temperatures in °C. Outside of this range, the sensor is wrong."""

TODAY_INTERVAL = timedelta(seconds=60)
"""The highest age of today's figures while aux heat runs. A shorter one would cost more writes than
anybody reads."""

USAGE_INTERVAL = timedelta(seconds=300)
"""The highest age of all other figures while aux heat runs, and the longest time between two
checkpoints while something changes."""

RULES_INTERVAL = timedelta(seconds=300)
"""The interval between evaluations of the rules while no input changes. The room temperature is
sampled no more often."""

MAX_TRACE_STEPS = 50
"""The largest number of decisions kept in the trace. A cold night has about this many."""

IDLE_USAGE_INTERVAL = timedelta(seconds=900)
"""The highest age of all figures while aux heat is off. Nobody watches the figures that change
then."""

RECENT_PERIOD = timedelta(days=8)
"""The time for which the ledger keeps every change of state. It covers the rolling seven days, and
a week with a day of 25 hours."""

MAX_POINTS = 4000
"""The largest number of points in the ledger. A busy home has 250 a day; a flickering relay must
not fill the memory."""

MAX_FILE_POINTS = 230
"""The largest number of points in the file that is written every few minutes: at most 11 kB of a
file that is to stay below 21 kB."""

MAX_RUNS = 1000
"""The largest number of ended runs in the ledger. A busy home has 100 a day; the runs of a
flickering relay may be lost."""

MAX_FILE_RUNS = 40
"""The largest number of ended runs in the file that is written every few minutes: 3 kB, or two busy
days of 20 runs."""

ARCHIVE_EVERY = timedelta(days=1)
"""The interval between writes of the archive. The file of a season grows to at most a megabyte in a
busy home, with 140 changes and 35 runs a day for half a year. If it were written each hour, it
would wear out a memory card."""

ARCHIVE_SOONEST = timedelta(hours=1)
"""The shortest interval between writes of the archive, for days with more points than the file that
is written every few minutes can hold."""

FILE_RETRY = timedelta(minutes=1)
"""The time after which a file that could not be read is tried again. A drive that is mounted late
is there within minutes, and an attempt costs little."""

ARCHIVE_RETRY = timedelta(hours=1)
"""The time after which a failed write of the archive is tried again. A full disk is seldom cleared
within minutes, each attempt writes a whole season, and the other file holds a day."""

THINNED_SPACING = timedelta(minutes=6)
"""The spacing of the older points if there are too many: 1920 of them cover eight days."""

RUN_GAP = timedelta(hours=6)
"""The longest time without data within a run. If aux heat is on again after a longer time, a new
run starts: no recovery lasts that long."""

MAX_MONTHS = 14
"""The largest number of starts of months in the ledger. The longest window, a season, begins with
one of the last twelve."""

MAX_CATCH_UP = timedelta(days=400)
"""The longest time counted by the hour after the clock jumped ahead. The rest is counted without
hours, months and energy, because each hour costs computing time."""

MAX_POWER_GAP = timedelta(minutes=15)
"""The longest time between two readings of a power meter that cover the time between them."""

METER_RESET_SHARE = 0.9
"""The share of its last value below which a counter was reset. A smaller step back is inaccuracy.
Home Assistant uses the same figure."""

MAX_AUX_KW = 50.0
"""The highest plausible power of aux heat in a home, in kW. A counter that shows more was replaced,
or is wrong."""

MAX_STRIPS_OVERLOAD = 1.1
"""The highest plausible ratio of the strips' actual power to their rated power.

5 % over the rated voltage is 10 % more power. A much higher ratio would accept wrong readings.
"""

MAX_METER_DIP = timedelta(minutes=30)
"""The longest time in which a counter that fell may return to its old level in one step, so that it
was not reset. Devices restart and reconnect in minutes. With a longer time, a counter that is reset
each day and seldom read may lose more after a day of little use. With a shorter one, a wrong
reading adds more."""

MAX_METER_KWH = 1e9
"""The highest plausible reading of an energy counter, in kWh. A higher reading is a fault, which
could never be removed from the sums."""

METER_STEP_KWH = 1.0
"""The step of a counter of whole kWh, possible at any time after its last reading."""

STANDARD_COP = ((-25.0, 1.1), (-8.33, 2.3), (8.33, 3.5), (15.0, 3.98))
"""The (°C outdoors, coefficient of performance) of a usual heat pump: 2.3 at 17 °F, 3.5 at 47 °F,
and a little beyond on the same line."""

COLD_CLIMATE_COP = ((-25.0, 1.4), (-15.0, 1.75), (8.33, 3.9), (15.0, 4.4))
"""The (°C outdoors, coefficient of performance) of a cold-climate heat pump. 1.75 at 5 °F (-15 °C)
is the required minimum, so real ones do better."""

MIN_COP, MAX_COP = 1.0, 8.0
"""The lowest and highest coefficient of performance. No heat pump is worse than strips, and none
that heats a home is better."""


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
    """The (°C outdoors, coefficient of performance) of the heat pump, coldest first. Linear between
    the points, constant beyond them."""
    has_outdoor: bool = False
    """Whether a source of the outdoor temperature is configured."""
    has_forecast: bool = False
    """Whether a weather forecast is configured."""
    mode: Mode = Mode.MONITOR
    alerts: AlertSettings = DEFAULT_ALERTS
    protection: ProtectionSettings = DEFAULT_PROTECTION
