"""Commands about deliveries: what was sent, what waits, what is dead."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import Config, Json, ListsByDefault, app, config_path

deliveries = typer.Typer(
    cls=ListsByDefault,
    help="Deliveries: what was sent, what waits, what is dead and why.",
    rich_markup_mode="markdown",
)
app.add_typer(deliveries, name="deliveries")


class StateName(StrEnum):
    """How far a delivery is."""

    pending = "pending"
    in_flight = "in_flight"
    waiting = "waiting"
    delivered = "delivered"
    dead = "dead"
    superseded = "superseded"


@deliveries.command(
    name="list",
    epilog="Examples: `syncd deliveries list --state dead` · `syncd deliveries list --endpoint okr-store`",
)
def list_(
    context: typer.Context,
    *,
    state: Annotated[
        list[StateName] | None, typer.Option("--state", help="May be repeated.", show_default="all")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option("--endpoint", metavar="NAME", help="For whom.", show_default="all")
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option("--subject", metavar="ID", help="A key result, an objective, `connection/NAME`."),
    ] = None,
    before: Annotated[
        int | None, typer.Option("--before", metavar="ID", help="Those with smaller numbers: the next page.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many.")] = 100,
    config: Config = None,
    json: Json = False,
) -> None:
    """Show deliveries, the newest first; dead ones with their reason."""
    from syncd import bootstrap
    from syncd.commands.deliveries import list_deliveries
    from syncd.views.deliveries import delivery_row

    found = asyncio.run(
        list_deliveries(
            bootstrap.install(config_path(context, config)),
            states=[one.value for one in state or ()],
            endpoint=endpoint,
            subject=subject,
            before=before,
            limit=limit,
        )
    )
    rows = [delivery_row(one) for one in found]
    if json:
        screen.print_json({"deliveries": rows})
        return
    screen.show_delivery_rows(rows)


@deliveries.command()
def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number.", show_default=False)],
    *,
    config: Config = None,
    json: Json = False,
) -> None:
    """Show one delivery with its attempts."""
    from syncd import bootstrap
    from syncd.commands.deliveries import show_delivery
    from syncd.views.deliveries import delivery_row

    row = delivery_row(asyncio.run(show_delivery(bootstrap.install(config_path(context, config)), number)))
    if json:
        screen.print_json(row)
        return
    screen.show_delivery(row)


@deliveries.command(
    epilog="Examples: `syncd deliveries redeliver 4711`  \n"
    "`syncd deliveries redeliver --endpoint okr-store --dead`"
)
def redeliver(
    context: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="ID", help="Its number.", show_default=False)
    ] = None,
    *,
    endpoint: Annotated[
        str | None, typer.Option("--endpoint", metavar="NAME", help="With --dead: whose.")
    ] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All dead ones of the endpoint.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Send settled deliveries once more, with the same id and bytes."""
    from syncd import bootstrap
    from syncd.commands.deliveries import redeliver as send_again

    if (number is None) == (endpoint is None) or dead != (endpoint is not None):
        raise typer.BadParameter("name one ID, or --endpoint NAME --dead", param_hint="ID")
    installation = bootstrap.install(config_path(context, config))
    done = asyncio.run(send_again(installation, number=number, dead_of=endpoint))
    screen.show_acted("sent once more", "opened again", done.row(), as_json=json)


@deliveries.command(
    epilog="Examples: `syncd deliveries give-up 4711 --reason 'their parser breaks on it'`: what waits "
    "behind it goes on"
)
def give_up(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(metavar="ID...", help="Numbers.", show_default=False)],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Stands beside them from then on.")] = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Give up open deliveries: they are dead, and what waits behind them in their subject's order goes on."""
    from syncd import bootstrap
    from syncd.commands.deliveries import give_up as give_up_deliveries

    installation = bootstrap.install(config_path(context, config))
    done = asyncio.run(give_up_deliveries(installation, numbers, reason=reason))
    screen.show_acted("dead from now on", "given up", done.row(), as_json=json)
