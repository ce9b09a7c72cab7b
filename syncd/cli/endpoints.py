"""Commands about consumers: endpoints, and the keys that seal their secrets."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import Config, Json, ListsByDefault, app, config_path
from syncd.cli.store import store

endpoints = typer.Typer(
    cls=ListsByDefault,
    help="Endpoints: who is told. Those of `syncd.yaml`, and those that you add here.",
    rich_markup_mode="markdown",
)
app.add_typer(endpoints, name="endpoints")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the endpoint.", show_default=False)]


class Included(StrEnum):
    """What is sent only where it is asked for."""

    individual = "individual"


NONE = "none"


class IncludedOrNot(StrEnum):
    """What is sent only where it is asked for; or that nothing of it is."""

    individual = "individual"
    none = NONE


class TierName(StrEnum):
    """Whose key results."""

    organisation = "organisation"
    team = "team"
    individual = "individual"


@endpoints.command(
    epilog="Examples: `syncd endpoints add warehouse https://dwh.acme.com/hooks/syncd`  \n"
    "`syncd endpoints add wall https://wall.acme.com/hook --event 'key_result.*' --team product --rate 5/s`"
)
def add(
    context: typer.Context,
    name: Name,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to POST.", show_default=False)],
    *,
    event: Annotated[
        list[str] | None,
        typer.Option("--event", help="Pattern of event types; may be repeated.", show_default="*"),
    ] = None,
    team: Annotated[
        list[str] | None,
        typer.Option(
            "--team", help="Pattern of teams, handles or `company`; repeatable.", show_default="everybody"
        ),
    ] = None,
    tier: Annotated[
        list[TierName] | None, typer.Option("--tier", help="Repeatable.", show_default="all")
    ] = None,
    objective: Annotated[
        list[str] | None,
        typer.Option("--objective", help="Pattern of ids of objectives; repeatable.", show_default="all"),
    ] = None,
    include: Annotated[
        list[Included] | None, typer.Option("--include", help="What is left out otherwise.")
    ] = None,
    rate: Annotated[
        str | None,
        typer.Option("--rate", metavar="N/s", help="Attempts: 5/s, 30/m, 100/h.", show_default="no limit"),
    ] = None,
    concurrency: Annotated[
        int, typer.Option("--concurrency", min=1, max=100, help="Attempts at a time.")
    ] = 10,
    config: Config = None,
    json: Json = False,
) -> None:
    """Add an endpoint. Its secret is shown this once; the store keeps it sealed."""
    from syncd import bootstrap
    from syncd.commands.endpoints import add_endpoint
    from syncd.delivery.rate import Limits, parse_rate
    from syncd.store.endpoints import Endpoint

    per_second = parse_rate(rate) if rate is not None else None
    if rate is not None and per_second is None:
        raise typer.BadParameter(f"{rate!r} is no rate: 5/s, 30/m, 100/h", param_hint="--rate")
    wanted = Endpoint(
        name=name,
        url=url,
        events=tuple(event or ("*",)),
        include=tuple(one.value for one in include or ()),
        teams=tuple(team or ()),
        tiers=tuple(one.value for one in tier or ()),
        objectives=tuple(objective or ()),
        limits=Limits(concurrency=concurrency, rate=per_second),
    )
    made = asyncio.run(add_endpoint(bootstrap.install(config_path(context, config)), wanted))
    screen.show_new_secret(made, as_json=json)


@endpoints.command(
    epilog="Examples: `syncd endpoints change warehouse --url https://dwh2.acme.com/hooks/syncd`  \n"
    "`syncd endpoints change wall --event 'key_result.*' --team '*' --rate none`"
)
def change(
    context: typer.Context,
    name: Name,
    *,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Where to POST.")] = None,
    event: Annotated[
        list[str] | None, typer.Option("--event", help="Pattern of event types; repeatable.")
    ] = None,
    team: Annotated[
        list[str] | None, typer.Option("--team", help="Pattern of teams; repeatable; `*`: everybody's.")
    ] = None,
    tier: Annotated[list[TierName] | None, typer.Option("--tier", help="Repeatable.")] = None,
    objective: Annotated[
        list[str] | None,
        typer.Option("--objective", help="Pattern of ids of objectives; repeatable; `*`: all."),
    ] = None,
    include: Annotated[
        IncludedOrNot | None, typer.Option("--include", help="What is left out otherwise.")
    ] = None,
    rate: Annotated[
        str | None, typer.Option("--rate", metavar="N/s", help="Attempts: 5/s, 30/m, 100/h; none.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", min=1, max=100, help="Attempts at a time.")
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Describe an endpoint anew that you added: what you leave out stays, and so does its secret."""
    from dataclasses import replace

    from syncd import bootstrap
    from syncd.commands.endpoints import change_endpoint
    from syncd.delivery.rate import parse_rate
    from syncd.store.endpoints import Endpoint

    per_second = None if rate in (None, NONE) else parse_rate(rate)
    if rate not in (None, NONE) and per_second is None:
        raise typer.BadParameter(f"{rate!r} is no rate: 5/s, 30/m, 100/h, none", param_hint="--rate")

    def anew(now: Endpoint) -> Endpoint:
        limits = now.limits
        return replace(
            now,
            url=url or now.url,
            events=tuple(event or now.events),
            include=now.include if include is None else () if include == NONE else (include.value,),
            teams=now.teams if team is None else _all_or(team),
            tiers=now.tiers if tier is None else tuple(one.value for one in tier),
            objectives=now.objectives if objective is None else _all_or(objective),
            limits=replace(
                limits,
                rate=limits.rate if rate is None else per_second,
                concurrency=concurrency or limits.concurrency,
            ),
        )

    installation = bootstrap.install(config_path(context, config))
    row = asyncio.run(change_endpoint(installation, name, anew, url=url)).row()
    if json:
        screen.print_json(row)
        return
    screen.show_endpoint(row)


def _all_or(patterns: list[str]) -> tuple[str, ...]:
    return () if patterns == ["*"] else tuple(patterns)


@endpoints.command(name="list", epilog="Examples: `syncd endpoints list` · `syncd endpoints list --json`")
def list_(context: typer.Context, *, config: Config = None, json: Json = False) -> None:
    """Show all endpoints: how they are doing, and what they have open."""
    from syncd import bootstrap
    from syncd.commands.endpoints import list_endpoints

    found = asyncio.run(list_endpoints(bootstrap.install(config_path(context, config))))
    if json:
        screen.print_json({"endpoints": [one.row() for one in found]})
        return
    screen.show_endpoints([one.row() for one in found])


@endpoints.command()
def show(context: typer.Context, name: Name, *, config: Config = None, json: Json = False) -> None:
    """Show one endpoint: what it subscribes to, and how it is doing."""
    from syncd import bootstrap
    from syncd.commands.endpoints import show_endpoint

    row = asyncio.run(show_endpoint(bootstrap.install(config_path(context, config)), name)).row()
    if json:
        screen.print_json(row)
        return
    screen.show_endpoint(row)


@endpoints.command(epilog="Examples: `syncd endpoints rotate warehouse --overlap 2d`")
def rotate(
    context: typer.Context,
    name: Name,
    *,
    overlap: Annotated[
        str,
        typer.Option("--overlap", metavar="DURATION", help="How long the old secret signs too: 0s to 30d."),
    ] = "24h",
    config: Config = None,
    json: Json = False,
) -> None:
    """Make another secret. It is shown this once; until the overlap ends both sign."""
    from syncd import bootstrap
    from syncd.commands.endpoints import rotate_secret

    installation = bootstrap.install(config_path(context, config))
    made = asyncio.run(rotate_secret(installation, name, overlap=_duration(overlap, "--overlap")))
    screen.show_new_secret(made, as_json=json)


@endpoints.command()
def pause(context: typer.Context, name: Name, *, config: Config = None) -> None:
    """Keep everything back from an endpoint, until you resume."""
    from syncd import bootstrap
    from syncd.commands.endpoints import pause_endpoint

    asyncio.run(pause_endpoint(bootstrap.install(config_path(context, config)), name))
    screen.console().print(f"{name} is paused: what happens waits for it", markup=False)


@endpoints.command()
def resume(context: typer.Context, name: Name, *, config: Config = None, json: Json = False) -> None:
    """Go on with a paused endpoint, and attempt what is due."""
    from syncd import bootstrap
    from syncd.commands.endpoints import resume_endpoint

    done = asyncio.run(resume_endpoint(bootstrap.install(config_path(context, config)), name))
    screen.show_acted(f"{name} goes on", "open", done.row(), as_json=json)


@endpoints.command()
def enable(context: typer.Context, name: Name, *, config: Config = None, json: Json = False) -> None:
    """Start a disabled endpoint again: all that waits is due at once, with its whole schedule."""
    from syncd import bootstrap
    from syncd.commands.endpoints import enable_endpoint

    done = asyncio.run(enable_endpoint(bootstrap.install(config_path(context, config)), name))
    screen.show_acted(f"{name} is enabled", "open", done.row(), as_json=json)


@endpoints.command()
def remove(context: typer.Context, name: Name, *, config: Config = None, json: Json = False) -> None:
    """Take an endpoint away, with its secrets. What it has open is given up, and stays listed."""
    from syncd import bootstrap
    from syncd.commands.endpoints import remove_endpoint

    done = asyncio.run(remove_endpoint(bootstrap.install(config_path(context, config)), name))
    screen.show_acted(f"{name} is removed", "given up", done.row(), as_json=json)


@endpoints.command(
    name="test", epilog="Examples: `syncd endpoints test warehouse`: exits 1 when it is not taken"
)
def try_(context: typer.Context, name: Name, *, config: Config = None, json: Json = False) -> None:
    """Send one signed `ping` past the queue, and show what was answered."""
    from syncd import bootstrap
    from syncd.commands.endpoints import test_endpoint
    from syncd.views.endpoints import tested_row

    result = asyncio.run(test_endpoint(bootstrap.install(config_path(context, config)), name))
    screen.show_tested(tested_row(name, result), as_json=json)
    if result.outcome != "delivered":
        raise typer.Exit(1)


@endpoints.command(
    epilog="Examples: `syncd endpoints replay warehouse --since 2026-11-20`  \n"
    "`syncd endpoints replay warehouse --after 4711`: the events behind number 4711"
)
def replay(
    context: typer.Context,
    name: Name,
    *,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"],
            metavar="TIME",
            help="Events from then on; without an offset, in the installation's timezone.",
        ),
    ] = None,
    after: Annotated[
        int | None, typer.Option("--after", metavar="EVENT", min=0, help="Events behind this number.")
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Send once more what is stored: with the same ids, so that consumers know what they have seen."""
    from syncd import bootstrap
    from syncd.commands.endpoints import replay_endpoint

    installation = bootstrap.install(config_path(context, config))
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=installation.settings.calendar.zone)
    done = asyncio.run(replay_endpoint(installation, name, since=since, after=after))
    screen.show_acted(f"{name} is sent once more what was", "replayed", done.row(), as_json=json)


@store.command()
def new_key() -> None:
    """Print a key for `encryption_keys`. Keep it as you keep the secrets that it seals."""
    from syncd.store.sealing import new_key as make

    screen.console().print(make(), markup=False, soft_wrap=True)


@store.command()
def rotate_key(context: typer.Context, *, config: Config = None, json: Json = False) -> None:
    """Seal every secret in the store with the newest of `encryption_keys`: all or none."""
    from syncd import bootstrap
    from syncd.commands.encryption import rotate_key as rotate

    count = asyncio.run(rotate(bootstrap.install(config_path(context, config))))
    if json:
        screen.print_json({"secrets": count})
        return
    message = f"{screen.counted(count, 'secret')} sealed with the newest key: the others are not needed"
    screen.console().print(f"{message} for this store any more", markup=False)


def _duration(text: str, option: str) -> timedelta:
    from syncd.mappings.values import parse_duration

    found = parse_duration(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no duration: 30s, 12h, 2d", param_hint=option)
    return found
