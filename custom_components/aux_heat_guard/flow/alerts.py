"""The questions about alerts and how they are told; only the options ask them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.weather.const import DOMAIN as WEATHER_DOMAIN
from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
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
from ..core.model import Alert, Severity
from ..core.settings.alerts import BALANCE_POINT, THRESHOLDS
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
from ..sources.suitability import problem_with_forecast
from ..sources.units import from_home_unit, to_home_unit
from .schemas import figure_field

CONF_ALERT = "alert"
CONF_QUIET_END = "quiet_end"
CONF_QUIET_START = "quiet_start"

NOTIFY_DOMAIN = "notify"
PHONE_PREFIX = "mobile_app_"
ALERTS = [alert.value for alert in Alert]


class AlertSteps(OptionsFlow):
    """Asks when alerts are raised, and how they are told."""

    draft: dict[str, Any]
    _alert: Alert

    async def async_step_alerts(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what concerns all alerts, and which one to change."""
        unit, errors = self.hass.config.units.temperature_unit, {}
        if user_input is not None and (
            error := self._problem_with_forecast(user_input.get(CONF_FORECAST))
        ):
            errors[CONF_FORECAST] = error
        elif user_input is not None:
            times = {
                CONF_START: user_input.get(CONF_QUIET_START),
                CONF_END: user_input.get(CONF_QUIET_END),
            }
            self.draft |= {
                CONF_BALANCE_POINT: from_home_unit(
                    BALANCE_POINT, user_input[CONF_BALANCE_POINT], unit
                ),
                CONF_FORECAST: user_input.get(CONF_FORECAST),
                CONF_QUIET: times if all(times.values()) else {},
            }
            if CONF_ALERT not in user_input:
                return self.async_create_entry(data=self.draft)
            self._alert = Alert(user_input[CONF_ALERT])
            return await self.async_step_alert()
        settings = read_alert_settings(self.draft)
        quiet = (
            (None, None)
            if settings.quiet_hours is None
            else tuple(at.isoformat() for at in settings.quiet_hours)
        )
        suggested = {
            CONF_BALANCE_POINT: to_home_unit(BALANCE_POINT, settings.balance_point, unit),
            CONF_FORECAST: read_forecast_entity(self.draft),
            CONF_QUIET_START: quiet[0],
            CONF_QUIET_END: quiet[1],
        }
        select = SelectSelectorConfig(
            options=ALERTS, translation_key=CONF_ALERT, mode=SelectSelectorMode.DROPDOWN
        )
        schema = vol.Schema(
            {
                vol.Optional(CONF_ALERT): SelectSelector(select),
                vol.Required(CONF_BALANCE_POINT): figure_field(BALANCE_POINT, unit),
                vol.Optional(CONF_FORECAST): EntitySelector(
                    EntitySelectorConfig(domain=WEATHER_DOMAIN)
                ),
                vol.Optional(CONF_QUIET_START): TimeSelector(),
                vol.Optional(CONF_QUIET_END): TimeSelector(),
            }
        )
        form = self.add_suggested_values_to_schema(schema, user_input or suggested)
        return self.async_show_form(
            step_id="alerts", data_schema=form, errors=errors, last_step=False
        )

    def _problem_with_forecast(self, entity_id: str | None) -> str | None:
        """Return why the chosen weather entity cannot serve as forecast, as a translation key."""
        return problem_with_forecast(self.hass, entity_id) if entity_id else None

    async def async_step_alert(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for all of one alert."""
        alert, unit = self._alert, self.hass.config.units.temperature_unit
        if user_input is not None:
            figures = {
                name: from_home_unit(number, user_input[field_key(alert, name)], unit)
                for name, number in THRESHOLDS[alert].items()
            }
            chosen = {
                CONF_ENABLED: user_input[CONF_ENABLED],
                CONF_SEVERITY: user_input[CONF_SEVERITY],
                **figures,
            }
            known = self.draft.get(CONF_ALERTS)
            self.draft[CONF_ALERTS] = {
                **(known if isinstance(known, Mapping) else {}),
                alert.value: chosen,
            }
            return self.async_create_entry(data=self.draft)
        choice = read_alert_settings(self.draft).configs[alert]
        severities = SelectSelectorConfig(
            options=[*Severity], translation_key=CONF_SEVERITY, mode=SelectSelectorMode.LIST
        )
        fields = {
            vol.Required(
                field_key(alert, name), default=to_home_unit(number, choice.thresholds[name], unit)
            ): figure_field(number, unit)
            for name, number in THRESHOLDS[alert].items()
        }
        schema = vol.Schema(
            {
                vol.Required(CONF_ENABLED, default=choice.enabled): BooleanSelector(),
                **fields,
                vol.Required(CONF_SEVERITY, default=choice.severity.value): SelectSelector(
                    severities
                ),
            }
        )
        return self.async_show_form(
            step_id="alert",
            data_schema=schema,
            description_placeholders={"alert": await self._async_alert_name(alert)},
        )

    async def async_step_notify(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how alerts are told."""
        if user_input is not None:
            self.draft[CONF_NOTIFY] = user_input
            return self.async_create_entry(data=self.draft)
        channels = read_channels(self.draft)
        found = sorted({*list_phones(self.hass), *channels.phones})
        named = [
            SelectOptionDict(
                value=phone, label=phone.removeprefix(PHONE_PREFIX).replace("_", " ").title()
            )
            for phone in found
        ]
        phone = SelectSelectorConfig(
            options=named, multiple=True, custom_value=True, mode=SelectSelectorMode.LIST
        )
        schema = vol.Schema(
            {
                vol.Required(CONF_PERSISTENT, default=channels.persistent): BooleanSelector(),
                vol.Optional(CONF_PHONES, default=list(channels.phones)): SelectSelector(phone),
                vol.Optional(CONF_ENTITIES, default=list(channels.entities)): EntitySelector(
                    EntitySelectorConfig(domain=NOTIFY_DOMAIN, multiple=True)
                ),
                vol.Optional(
                    CONF_ACTIONS, default=[dict(action) for action in channels.actions]
                ): ActionSelector(),
            }
        )
        return self.async_show_form(step_id="notify", data_schema=schema)

    async def _async_alert_name(self, alert: Alert) -> str:
        words = await async_get_translations(
            self.hass, self.hass.config.language, "selector", {DOMAIN}
        )
        return words.get(
            f"component.{DOMAIN}.selector.{CONF_ALERT}.options.{alert.value}", alert.value
        )


def list_phones(hass: HomeAssistant) -> list[str]:
    """List the companion apps that can be told."""
    return sorted(
        name
        for name in hass.services.async_services_for_domain(NOTIFY_DOMAIN)
        if name.startswith(PHONE_PREFIX)
    )


def field_key(alert: Alert, figure: str) -> str:
    """Name the field of a figure: each has words of its own."""
    return f"{alert.value}_{figure}"
