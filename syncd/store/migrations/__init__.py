"""How the schema came to be, in numbered revisions: `0001`, `0002`, ...

After a change of the tables, `python -m syncd.store.migrations "what changed"` writes the next
one; read it, then set `syncd.store.migrate.HEAD` to its number.
"""
