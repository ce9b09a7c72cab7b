"""syncd.yaml: what this installation is, and whom it talks to.

references    `${NAME}` and `${file:/path}`: values that do not stand in the file
connections   `connections:`, checked against the connectors' own models
endpoints     `endpoints:`
senders       `ingest:`
named         what these three have in common: maps of things with names
signing       secrets that come as one, or as `[new, old]`
calendar      time zone, cycles, holidays, pace, forecast
retention     `keep:`, how long what has happened is kept
findings      `findings:`, which of them are told
load          the file -> `Settings`
"""

from syncd.settings.connections import ConnectionSettings
from syncd.settings.endpoints import EndpointSettings
from syncd.settings.load import Loaded, Settings, load_settings
from syncd.settings.references import Unresolved

__all__ = ["ConnectionSettings", "EndpointSettings", "Loaded", "Settings", "Unresolved", "load_settings"]
