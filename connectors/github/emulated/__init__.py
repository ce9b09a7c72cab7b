"""The parts of the emulated GitHub; `connectors.github.emulator` puts them together."""
