"""Constants that several modules use."""

from homeassistant.const import Platform

DOMAIN = "aux_heat_guard"
PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CLIMATE,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]

EVENT_ALERT = f"{DOMAIN}_alert"
EVENT_SETPOINT = f"{DOMAIN}_setpoint"

CONF_ALERTS = "alerts"
CONF_ATTRIBUTE = "attribute"
CONF_BALANCE_POINT = "balance_point"
CONF_ENERGY = "energy"
CONF_ENTITY_ID = "entity_id"
CONF_EQUIPMENT = "equipment"
CONF_FORECAST = "forecast"
CONF_NOTIFY = "notify"
CONF_OTHERS = "other_thermostats"
CONF_OUTDOOR = "outdoor"
CONF_PRICE = "price"
CONF_PUMP = "pump"
CONF_PROTECTION = "protection"
CONF_QUIET = "quiet"
CONF_SEASON_START_MONTH = "season_start_month"
CONF_SIGNALS = "signals"
CONF_STRIPS_KW = "strips_kw"
CONF_THERMOSTAT = "thermostat"
CONF_TIMING = "timing"
