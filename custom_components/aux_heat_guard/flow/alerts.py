"""The options pages about alerts and the channels that deliver them."""

from typing import Any

from homeassistant.components.weather.const import DOMAIN as WEATHER_DOMAIN
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    ActionSelector,
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TimeSelector,
)
from homeassistant.helpers.translation import async_get_translations
import probatio as vol

from ..const import CONF_ALERTS, CONF_BALANCE_POINT, CONF_FORECAST, CONF_NOTIFY, CONF_QUIET, DOMAIN
from ..core.alerts.rules import RULES
from ..core.model import Alert, Severity
from ..core.settings.alerts import BALANCE_POINT
from ..options.alerts import (
    CONF_ACTIONS,
    CONF_ENABLED,
    CONF_END,
    CONF_ENTITIES,
    CONF_PERSISTENT,
    CONF_PHONES,
    CONF_SEVERITY,
    CONF_START,
    read_alert_settings,
    read_channels,
    read_forecast_entity,
)
from ..options.references import NOTIFY
from ..options.values import read_mapping
from ..sources.suitability import problem_with_forecast
from ..sources.units import from_home_unit, to_home_unit
from .schemas import choice_field, figure_field
from .steps import DraftSteps

CONF_ALERT = "alert"
CONF_QUIET_END = "quiet_end"
CONF_QUIET_START = "quiet_start"

PHONE_PREFIX = "mobile_app_"


class AlertSteps(DraftSteps):
    """The pages about when alerts are raised, and about the channels that deliver them."""

    _alert: Alert

    async def async_step_alerts(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the settings of all alerts, and for an alert to change."""
        errors = {}
        if user_input is not None:
            error = self._problem_with_forecast(user_input.get(CONF_FORECAST))
            if error is None:
                self._set_general_options(user_input)
                if CONF_ALERT not in user_input:
                    return self.async_create_entry(data=self.draft)
                self._alert = Alert(user_input[CONF_ALERT])
                return await self.async_step_alert()
            errors[CONF_FORECAST] = error
        schema = vol.Schema(
            {
                vol.Optional(CONF_ALERT): choice_field(
                    [alert.value for alert in Alert], CONF_ALERT, SelectSelectorMode.DROPDOWN
                ),
                vol.Required(CONF_BALANCE_POINT): figure_field(BALANCE_POINT, self.home_unit),
                vol.Optional(CONF_FORECAST): EntitySelector(
                    EntitySelectorConfig(domain=WEATHER_DOMAIN)
                ),
                vol.Optional(CONF_QUIET_START): TimeSelector(),
                vol.Optional(CONF_QUIET_END): TimeSelector(),
            }
        )
        form = self.add_suggested_values_to_schema(schema, user_input or self._general_options())
        return self.async_show_form(
            step_id="alerts", data_schema=form, errors=errors, last_step=False
        )

    def _problem_with_forecast(self, entity_id: str | None) -> str | None:
        return problem_with_forecast(self.hass, entity_id) if entity_id else None

    def _set_general_options(self, user_input: dict[str, Any]) -> None:
        times = {
            CONF_START: user_input.get(CONF_QUIET_START),
            CONF_END: user_input.get(CONF_QUIET_END),
        }
        self.draft |= {
            CONF_BALANCE_POINT: from_home_unit(
                BALANCE_POINT, user_input[CONF_BALANCE_POINT], self.home_unit
            ),
            CONF_FORECAST: user_input.get(CONF_FORECAST),
            CONF_QUIET: times if all(times.values()) else {},
        }

    def _general_options(self) -> dict[str, Any]:
        settings = read_alert_settings(self.draft)
        values = {
            CONF_BALANCE_POINT: to_home_unit(BALANCE_POINT, settings.balance_point, self.home_unit),
            CONF_FORECAST: read_forecast_entity(self.draft),
        }
        if settings.quiet_hours is not None:
            start, end = settings.quiet_hours
            values |= {CONF_QUIET_START: start.isoformat(), CONF_QUIET_END: end.isoformat()}
        return values

    async def async_step_alert(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the settings of one alert."""
        alert = self._alert
        keys = {name: field_key(alert, name) for name in RULES[alert].thresholds}
        specs = {keys[name]: spec for name, spec in RULES[alert].thresholds.items()}
        if user_input is not None:
            figures = self.convert_figures(specs, user_input)
            self.draft[CONF_ALERTS] = {
                **read_mapping(self.draft.get(CONF_ALERTS)),
                alert.value: {
                    CONF_ENABLED: user_input[CONF_ENABLED],
                    CONF_SEVERITY: user_input[CONF_SEVERITY],
                    **{name: figures[key] for name, key in keys.items()},
                },
            }
            return self.async_create_entry(data=self.draft)
        config = read_alert_settings(self.draft).configs[alert]
        thresholds = {key: config.thresholds[name] for name, key in keys.items()}
        schema = vol.Schema(
            {
                vol.Required(CONF_ENABLED, default=config.enabled): BooleanSelector(),
                **self.figure_fields(specs, thresholds),
                vol.Required(CONF_SEVERITY, default=config.severity.value): choice_field(
                    [*Severity], CONF_SEVERITY
                ),
            }
        )
        return self.async_show_form(
            step_id="alert",
            data_schema=schema,
            description_placeholders={"alert": await self._async_alert_name(alert)},
        )

    async def async_step_notify(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the channels that deliver alerts."""
        if user_input is not None:
            self.draft[CONF_NOTIFY] = user_input
            return self.async_create_entry(data=self.draft)
        channels = read_channels(self.draft)
        schema = vol.Schema(
            {
                vol.Required(CONF_PERSISTENT, default=channels.persistent): BooleanSelector(),
                vol.Optional(CONF_PHONES, default=list(channels.phones)): _phones_field(
                    {*list_phones(self.hass), *channels.phones}
                ),
                vol.Optional(CONF_ENTITIES, default=list(channels.entities)): EntitySelector(
                    EntitySelectorConfig(domain=NOTIFY, multiple=True)
                ),
                vol.Optional(
                    CONF_ACTIONS, default=[dict(action) for action in channels.actions]
                ): ActionSelector(),
            }
        )
        return self.async_show_form(step_id="notify", data_schema=schema)

    async def _async_alert_name(self, alert: Alert) -> str:
        translations = await async_get_translations(
            self.hass, self.hass.config.language, "selector", {DOMAIN}
        )
        key = f"component.{DOMAIN}.selector.{CONF_ALERT}.options.{alert.value}"
        return translations.get(key, alert.value)


def list_phones(hass: HomeAssistant) -> list[str]:
    """Return the names of the companion apps' notify actions."""
    return sorted(
        name
        for name in hass.services.async_services_for_domain(NOTIFY)
        if name.startswith(PHONE_PREFIX)
    )


def field_key(alert: Alert, figure: str) -> str:
    """Return the name of a figure's field. Each alert has a translation of its own for it."""
    return f"{alert.value}_{figure}"


def _phones_field(phones: set[str]) -> SelectSelector:
    options = [SelectOptionDict(value=phone, label=_phone_label(phone)) for phone in sorted(phones)]
    return SelectSelector(
        SelectSelectorConfig(
            options=options, multiple=True, custom_value=True, mode=SelectSelectorMode.LIST
        )
    )


def _phone_label(phone: str) -> str:
    return phone.removeprefix(PHONE_PREFIX).replace("_", " ").title()
