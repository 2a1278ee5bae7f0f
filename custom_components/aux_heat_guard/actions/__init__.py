"""The actions (services) of the integration."""
