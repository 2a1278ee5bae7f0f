"""Facts that several alerts share."""

from ...model import Quality
from ..context import AlertContext
from ..facts import Facts, setpoint, temperature

CERTAINTY, ESTIMATED = "certainty", "estimated"


def certainty_facts(context: AlertContext) -> Facts:
    """Return the fact that aux heat is only estimated, if no signal measures or reports it."""
    return {CERTAINTY: ESTIMATED} if context.heat.quality is Quality.INFERRED else {}


def room_facts(context: AlertContext) -> Facts:
    """Return the room temperature and the setpoint, as far as they are known."""
    room = {} if context.room is None else {"room": temperature(context.room)}
    target = {} if context.setpoint is None else {"setpoint": setpoint(context.setpoint)}
    return {**room, **target}


def outdoor_facts(context: AlertContext) -> Facts:
    """Return the outdoor temperature, if it is known."""
    return {} if context.outdoor is None else {"outdoor": temperature(context.outdoor)}


def cause_facts(context: AlertContext) -> Facts:
    """Return the cause of the last aux run, if there was one."""
    run = context.ledger.run
    return {} if run is None else {"cause": run.cause.value}
