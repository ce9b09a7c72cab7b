"""The terminal itself: consoles, bars, errors, and how a number looks to people."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from syncd.errors import SyncdError

if TYPE_CHECKING:
    import typer
    from rich.console import Console
    from rich.text import Text

    from syncd.sync.measure import Progress

BAR_WIDTH = 12
PIPE_WIDTH = 160


def console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    # Behind a pipe there is no width to fit into, and a cut id is no id.
    width = None if (sys.stderr if stderr else sys.stdout).isatty() else PIPE_WIDTH
    return Console(stderr=stderr, highlight=False, width=width)


def print_json(data: Any) -> None:  # Any: JSON
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def show_error(error: SyncdError) -> None:
    """What, where, and what to do next, on standard error."""
    from rich.text import Text

    out = console(stderr=True)
    out.print(Text.assemble(("error ", "bold red"), (f"[{error.code}] ", "dim"), str(error)), soft_wrap=True)
    if error.hint:
        out.print(Text.assemble(("  hint: ", "bold"), error.hint), soft_wrap=True)


def show_usage_error(error: typer.TyperException) -> None:
    """As typer itself shows it: the usage, what is wrong, and where the help is."""
    from typer.rich_utils import rich_format_error

    rich_format_error(error)  # type: ignore[arg-type]  # typer raises what it formats; its own type is private


@contextmanager
def asking(total: int | None, *, quiet: bool) -> Iterator[Progress]:
    """A progress bar over batches on standard error, for people only; None: nobody knows yet how many."""
    from syncd.sync.measure import Answers, Progress

    if quiet or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.progress import Progress as Bars

    with Bars(console=console(stderr=True), transient=True) as bars:
        task = bars.add_task("asking the sources", total=total)

        def said(answers: Answers) -> str:
            return f"{answers.connection}: {counted(answers.requests, 'request')}"

        def done(answers: Answers) -> None:
            bars.update(task, advance=1, description=said(answers))

        yield Progress(done=done, expect=lambda batches: bars.update(task, total=batches))


@contextmanager
def waiting(where: str, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A line on standard error that says how a server is doing, for people only."""
    if quiet or not sys.stderr.isatty():
        yield lambda state: None
        return
    with console(stderr=True).status(f"asking {where}") as line:
        yield lambda state: line.update(f"the sync of {where} is {state}")


def bar(progress: float | None) -> Text:
    from rich.text import Text

    if progress is None:
        return Text("—", style="dim")
    full = round(min(max(progress, 0), 1) * BAR_WIDTH)
    return Text.assemble(("━" * full, "green"), ("━" * (BAR_WIDTH - full), "dim"), f" {progress:4.0%}")


def styled(word: str | None, styles: Mapping[str, str]) -> Text:
    from rich.text import Text

    return Text((word or "—").replace("_", " "), style=styles.get(word or "", "dim"))


def number(value: float | None) -> str:
    """Short for people; `--json` has every digit."""
    if value is None:
        return "—"
    return f"{value:,.10g}" if abs(value) >= 1000 else f"{value:.4g}"


def counted(how_many: int, what: str) -> str:
    """`1 objective`, `2 objectives`."""
    return f"{how_many} {what}" + ("" if how_many == 1 else "s")


def share(progress: float | None) -> str:
    return "—" if progress is None else f"{progress:.1%}"
