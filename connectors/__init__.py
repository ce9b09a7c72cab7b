"""The connectors that come with syncd; each could be a package of its own tomorrow."""
