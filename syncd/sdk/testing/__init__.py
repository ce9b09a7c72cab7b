"""What a connector's author tests with: a served emulator, scripted faults, the suite."""

from syncd.sdk.testing.server import serve as serve
