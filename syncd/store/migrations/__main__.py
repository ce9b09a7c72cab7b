"""`python -m syncd.store.migrations "what changed"` writes the next revision from the tables."""

from __future__ import annotations

import sys

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from syncd.store.migrate import alembic_config


def main(message: str) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        config = alembic_config(connection)
        last = ScriptDirectory.from_config(config).get_current_head()
        if last is not None:
            command.upgrade(config, last)
        following = f"{int(last or 0) + 1:04}"
        command.revision(config, message, autogenerate=True, rev_id=following)


if __name__ == "__main__":
    main(sys.argv[1])
