"""Webhooks that come in.

door     which connection takes hooks, and the secrets that prove one
judge    is a hook genuine, and what does it say: pure
inbox    taken hooks -> recorded once, with what they touched; then the engine is woken
watching which channels are to be opened and stopped: pure
watcher  does so, where a source sends over channels alone
ingest   events of other syncds: applied if newer, kept beside our own, passed on with our sequence
"""
