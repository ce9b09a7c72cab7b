"""Logs are events with fields, on standard error: `log.info("sync.finished", connection=..., requests=3)`."""

from __future__ import annotations

import logging
import sys

import structlog

from syncd.errors import SettingsError

LEVELS = ("debug", "info", "warning", "error", "critical")


def configure(*, level: str = "warning", as_json: bool = False) -> None:
    """Once per process, before the first event.

    Args:
        level: One of `LEVELS`, in any case.
        as_json: One JSON object a line, for machines; else a readable line.

    Raises:
        SettingsError: `invalid_log_level`.
    """
    if level.lower() not in LEVELS:
        raise SettingsError(
            f"{level!r} is no log level",
            code="invalid_log_level",
            hint=f"set SYNCD_LOG_LEVEL to one of: {', '.join(LEVELS)}",
        )
    for_people = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer() if as_json else for_people
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks if as_json else structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # Standard error as it is at each event: a logger outlives whoever redirected it for a while.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
