"""Commands: setpoints and switches, sent and restored."""
