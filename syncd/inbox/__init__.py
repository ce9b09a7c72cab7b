"""Webhooks that come in.

door     which connection takes hooks, and the secrets that prove one
judge    is a hook genuine, and what does it say: pure
inbox    taken hooks -> recorded once, with what they touched; then the engine is woken
watching which channels are to be opened and stopped: pure
watcher  does so, where a source sends over channels alone
published is a signed event what we publish, and within bounds: pure
whose    one id is one key result, and who told it first speaks of it
check_ins what people at other syncds said: kept and passed on
ingest   events of other syncds: applied if newer, kept beside our own, passed on with our sequence
"""
