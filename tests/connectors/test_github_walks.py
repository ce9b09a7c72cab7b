"""How long GitHub's pull requests take, and how many deployments there were."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.github import documents, plugin, walks
from connectors.github.config import GitHubConfig
from connectors.github.connector import GitHubConnector
from connectors.github.deployments import state_of
from connectors.github.emulator import make
from syncd.errors import MalformedResponse, SourceError
from syncd.sdk.emulator import Emulator, Fault
from syncd.sdk.measurement import Answer, Failure, Instants, Measurement, Query
from syncd.sdk.testing.server import serve
from syncd.sdk.testing.suite import LOOPBACK, ONCE
from tests.builders import utc
from tests.wires import Wire

TOKEN = "ghp_0123456789"
REPO = "acme/app"
HOUR = 3_600.0
OCTOBER = Instants(start=utc("2026-10-01T00:00"), end=utc("2026-11-01T00:00"))


def pull(number: int, *, hours: float, end: str = "2026-10-10T00:00:00Z", **said: Any) -> dict[str, Any]:
    """Open for `hours`, and merged at `end`."""
    created = utc(end.removesuffix("Z")) - timedelta(hours=hours)
    moments = {"created_at": created.isoformat(), "closed_at": end, "merged_at": end}
    return {"number": number, "is_pr": True, **moments, **said}


def deployed(at: str, *states: str, environment: str = "production") -> dict[str, Any]:
    created = utc(at)
    statuses = [
        {"state": state, "created_at": (created + timedelta(minutes=minutes)).isoformat()}
        for minutes, state in enumerate(states, start=1)
    ]
    return {"environment": environment, "created_at": created.isoformat(), "statuses": statuses}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    emulator: Emulator
    connector: GitHubConnector
    wire: Wire

    def answers(self, *asks: Mapping[str, Any] | tuple[Mapping[str, Any], Instants]) -> Sequence[Answer]:
        queries = []
        for number, asked in enumerate(asks):
            ask, window = asked if isinstance(asked, tuple) else (asked, None)
            kind = next(kind for kind in plugin.kinds if kind in ask)
            queries.append(Query(key=str(number), ask=plugin.kinds[kind].model_validate(ask), window=window))
        with self.wire.batch():
            by_key = {answer.key: answer for answer in self.connector.measure(queries)}
        return [by_key[query.key] for query in queries]

    def measurement(self, ask: Mapping[str, Any], window: Instants | None = None) -> Measurement:
        (answer,) = self.answers((ask, window) if window else ask)
        assert isinstance(answer, Measurement), answer
        return answer

    def error(self, ask: Mapping[str, Any], window: Instants | None = None) -> SourceError:
        (answer,) = self.answers((ask, window) if window else ask)
        assert isinstance(answer, Failure), answer
        return answer.error

    @property
    def posts(self) -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in self.emulator.exchanges if one.method == "POST"]


@contextmanager
def a_stage(**repo: Any) -> Iterator[Stage]:
    emulator = make({"token": TOKEN, "repos": {REPO: repo, "acme/secret": {"private": True}}})
    with serve(emulator) as url:
        wire = Wire(
            connection="code",
            origins=[url],
            networks=[LOOPBACK],
            read_posts=plugin.read_posts,
            rate_limit=plugin.rate_limit,
            limits=ONCE,
        )
        config = GitHubConfig.model_validate({"url": url, "token": TOKEN})
        yield Stage(emulator=emulator, connector=GitHubConnector(config, wire), wire=wire)


def lead(take: str | None = None, *, to: str = "merged", repo: str = REPO, **wanted: Any) -> dict[str, Any]:
    span = {"pull_requests": {"repo": repo, **wanted}, "from": "created", "to": to}
    return {"duration": span, **({"take": take} if take else {})}


def deployments(state: str = "all", *, environment: str = "production", repo: str = REPO) -> dict[str, Any]:
    return {"deployments": {"repo": repo, "environment": environment, "state": state}}


# ---------------------------------------------------------------- how long pull requests take


@pytest.mark.parametrize(
    ("take", "hours"), [(None, 3.5), ("median", 3.5), ("mean", 35 / 6), ("p85", 20), ("p95", 20)]
)
def test_a_duration_is_a_statistic_in_seconds_with_its_sample(take: str | None, hours: float) -> None:
    with a_stage(issues=[pull(n, hours=h) for n, h in enumerate([4, 1, 20, 3, 5, 2])]) as stage:
        measured = stage.measurement(lead(take))

    assert measured.value == pytest.approx(hours * HOUR)
    assert (measured.unit, measured.sample_size) == ("seconds", 6)


@pytest.mark.parametrize(
    ("ask", "hours"),
    [
        (lead(), [1, 2, 4, 8]),
        (lead(to="closed"), [1, 2, 4, 8, 16]),  # a merged one is closed too
        (lead(base="release/1"), [8]),
        (lead(labels=["bug"]), [2, 4]),
        (lead(labels=["bug", "Urgent"]), [4]),
        (lead(labels=["urgent", "bug"]), [4]),
        (lead(to="closed", labels=["bug"]), [2, 4, 16]),
    ],
    ids=str,
)
def test_which_pull_requests_are_in_the_sample(ask: dict[str, Any], hours: list[int]) -> None:
    issues = [
        pull(1, hours=1),
        pull(2, hours=2, labels=["bug"]),
        pull(3, hours=4, labels=["bug", "urgent"]),
        pull(4, hours=8, base="release/1"),
        pull(5, hours=16, labels=["bug"], merged_at=None),
        {"number": 6, "is_pr": True, "labels": ["bug"]},
        {"number": 7, "closed_at": "2026-10-10T00:00:00Z", "labels": ["bug"]},  # an issue
    ]
    with a_stage(issues=issues) as stage:
        measured = stage.measurement({**ask, "take": "mean"})

    assert measured.sample_size == len(hours)
    assert measured.value == pytest.approx(sum(hours) / len(hours) * HOUR)


def test_a_pull_request_counts_in_the_window_that_its_end_lies_in() -> None:
    ends = ["2026-09-30T23:59:59Z", "2026-10-01T00:00:00Z", "2026-10-31T23:59:59Z", "2026-11-01T00:00:00Z"]
    late = {"updated_at": "2026-11-20T00:00:00Z"}  # comments come after the end
    with a_stage(issues=[pull(n, hours=2**n, end=end, **late) for n, end in enumerate(ends)]) as stage:
        measured = stage.measurement(lead("mean"), OCTOBER)

    assert (measured.value, measured.sample_size) == (3 * HOUR, 2)


def test_a_sample_of_nothing_is_missing_and_fails_alone() -> None:
    november = Instants(start=utc("2026-11-01T00:00"), end=utc("2026-12-01T00:00"))
    with a_stage(issues=[pull(1, hours=1)]) as stage:
        nothing, unlabelled, good = stage.answers((lead(), november), lead(labels=["none"]), lead())

    assert isinstance(nothing, Failure)
    assert isinstance(unlabelled, Failure)
    assert (nothing.error.code, unlabelled.error.code) == ("empty", "empty")
    assert isinstance(good, Measurement)


def test_the_evidence_is_the_page_that_shows_the_pull_requests() -> None:
    with a_stage(issues=[pull(1, hours=1, labels=["a b"])]) as stage:
        measured = stage.measurement(lead(labels=["a b"], base="main"), OCTOBER)

    assert str(measured.evidence_url).endswith(
        "/acme/app/pulls?q=is%3Apr%20is%3Amerged%20label%3A%22a%20b%22%20base%3A%22main%22%20"
        "merged%3A2026-10-01T00%3A00%3A00%2B00%3A00..2026-10-31T23%3A59%3A59%2B00%3A00"
    )


# ---------------------------------------------------------------- deployments

DEPLOYMENTS = [
    deployed("2026-09-30T23:59", "success"),
    deployed("2026-10-01T00:00", "in_progress", "success", "inactive"),
    deployed("2026-10-02T00:00", "failure"),
    deployed("2026-10-03T00:00", "queued", "in_progress", "success"),
    deployed("2026-10-04T00:00"),
    deployed("2026-10-31T23:59", "success", "error"),
    deployed("2026-11-01T00:00", "success"),
    deployed("2026-10-05T00:00", "success", environment="staging"),
]


@pytest.mark.parametrize(
    ("state", "number"),
    [("all", 5), ("success", 2), ("failure", 1), ("error", 1), ("pending", 1), ("queued", 0)],
)
def test_deployments_count_by_creation_and_by_what_they_were_before_a_newer_one(
    state: str, number: int
) -> None:
    with a_stage(deployments=DEPLOYMENTS) as stage:
        measured = stage.measurement(deployments(state), OCTOBER)

    assert (measured.value, measured.unit, measured.sample_size) == (number, "count", None)
    assert str(measured.evidence_url).endswith("/acme/app/deployments/production")


def test_deployments_count_without_a_window_too() -> None:
    with a_stage(deployments=DEPLOYMENTS) as stage:
        production, staging = stage.answers(
            deployments("success"), deployments("success", environment="staging")
        )

    assert isinstance(production, Measurement)
    assert isinstance(staging, Measurement)
    assert (production.value, staging.value) == (4, 1)


def test_no_deployment_is_zero_where_there_is_the_environment_and_an_error_where_there_is_none() -> None:
    with a_stage(environments=["staging"], deployments=DEPLOYMENTS[:1]) as stage:
        unused, quiet, misspelt = stage.answers(
            deployments(environment="staging"), (deployments(), OCTOBER), deployments(environment="prod")
        )

    assert isinstance(unused, Measurement)
    assert isinstance(quiet, Measurement)
    assert isinstance(misspelt, Failure)
    assert (unused.value, quiet.value, misspelt.error.code) == (0, 0, "not_found")
    assert "prod" in str(misspelt.error)


STATUS = {"state": "INACTIVE", "createdAt": "2026-10-02T00:00:00Z"}


@pytest.mark.parametrize(
    "node",
    [
        {"latestStatus": {"state": None}},
        {"latestStatus": "SUCCESS"},
        {"latestStatus": STATUS},
        {"latestStatus": STATUS, "statuses": {"totalCount": 2, "nodes": [STATUS]}},
        {"latestStatus": STATUS, "statuses": {"totalCount": 1, "nodes": [{"state": "SUCCESS"}]}},
        {"latestStatus": STATUS, "statuses": {"totalCount": 1, "nodes": [None]}},
    ],
    ids=str,
)
def test_a_deployment_whose_state_cannot_be_told_is_not_left_out(node: dict[str, Any]) -> None:
    with pytest.raises(MalformedResponse):
        state_of(node)


def test_a_deployment_that_was_never_anything_but_inactive_is_inactive() -> None:
    node = {"latestStatus": STATUS, "statuses": {"totalCount": 1, "nodes": [STATUS]}}

    assert state_of(node) == "inactive"


# ---------------------------------------------------------------- how few requests


def test_lists_share_their_requests_and_are_read_once_for_all_windows_and_statistics() -> None:
    weeks = [
        Instants(start=utc(f"2026-10-{day:02}T00:00"), end=utc(f"2026-10-{day + 7:02}T00:00"))
        for day in (1, 8, 15)
    ]
    with a_stage(
        issues=[pull(n, hours=1, end=f"2026-10-{1 + n % 21:02}T00:00:00Z") for n in range(60)],
        deployments=DEPLOYMENTS,
    ) as stage:
        stage.answers(
            *((lead(take), week) for take in ("median", "p85") for week in weeks),
            *((deployments(state), week) for state in ("success", "failure") for week in weeks),
            lead(to="closed"),
        )

        (post,) = stage.posts
    assert post["query"].count("repository(") == 3


def test_a_window_reads_no_further_back_than_it_must() -> None:
    issues = [pull(n, hours=1, end=f"2026-10-10T00:{n // 60:02}:{n % 60:02}Z") for n in range(250)]
    old = [pull(1_000 + n, hours=1, end="2026-03-01T00:00:00Z") for n in range(400)]
    with a_stage(
        issues=[*old, *issues],
        deployments=[*(deployed("2026-03-01T00:00", "success") for _ in range(400)), *DEPLOYMENTS],
    ) as stage:
        took, went = stage.answers((lead(), OCTOBER), (deployments(), OCTOBER))

        assert isinstance(took, Measurement)
        assert isinstance(went, Measurement)
        assert (took.sample_size, went.value) == (250, 5)
        assert len(stage.posts) == 3

        assert stage.measurement(lead()).sample_size == 650
        assert len(stage.posts) == 3 + 7


def test_what_ended_as_the_window_began_may_fill_more_than_a_page() -> None:
    with a_stage(issues=[pull(n, hours=1, end="2026-10-01T00:00:00Z") for n in range(101)]) as stage:
        assert stage.measurement(lead(), OCTOBER).sample_size == 101


def test_few_pages_come_in_one_request() -> None:
    asks = [deployments(environment=f"e{n}") for n in range(25)]
    with a_stage(environments=[f"e{n}" for n in range(25)], deployments=[]) as stage:
        stage.answers(*asks)

        pages = [post for post in stage.posts if "deployments(" in post["query"]]
    assert [post["query"].count("deployments(") for post in pages] == [10, 10, 5]


def test_what_people_wrote_is_never_a_part_of_the_document() -> None:
    with a_stage(issues=[pull(1, hours=1)]) as stage:
        stage.answers(lead(labels=["l4bel"], base="b4se"), deployments(environment="envir0nment"))

        texts = " ".join(post["query"] for post in stage.posts)
    assert not any(word in texts for word in ("l4bel", "b4se", "envir0nment", "acme"))


# ---------------------------------------------------------------- whole, or an error


def test_a_list_that_is_too_long_is_an_error_and_no_smaller_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks, "MOST_PAGES", 2)
    with a_stage(issues=[pull(n, hours=1) for n in range(201)], deployments=DEPLOYMENTS) as stage:
        long, short = stage.answers(lead(), deployments())

    assert isinstance(long, Failure)
    assert long.error.code == "too_many_results"
    assert isinstance(short, Measurement)


@pytest.mark.parametrize("ask", [lead(repo="acme/secret"), deployments(repo="acme/secret")], ids=str)
def test_a_repository_that_is_not_there_fails_alone(ask: dict[str, Any]) -> None:
    with a_stage(issues=[pull(1, hours=1)]) as stage:
        gone, good = stage.answers(ask, lead())

    assert isinstance(gone, Failure)
    assert (gone.error.code, str(gone.error)) == ("not_found", "no repository 'acme/secret'")
    assert isinstance(good, Measurement)


MORE = {"hasNextPage": True, "endCursor": "c"}
END = {"hasNextPage": False, "endCursor": None}


@pytest.mark.parametrize(
    "page",
    [
        None,
        {"nodes": None, "pageInfo": END},
        {"nodes": []},
        {"nodes": [None], "pageInfo": END},
        {"nodes": [{"createdAt": "2026-10-01T00:00:00Z"}], "pageInfo": END},
        {"nodes": [{"id": "1", "createdAt": None, "mergedAt": "2026-10-01T00:00:00Z"}], "pageInfo": END},
        {"nodes": [{"id": "1", "createdAt": "2026-10-01T00:00:00Z"}], "pageInfo": END},
        {
            "nodes": [{"id": "1", "createdAt": "2026-10-01T00:00:00", "mergedAt": "2026-10-01T00:00:00Z"}],
            "pageInfo": END,
        },
        {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}},
        {"nodes": [], "pageInfo": MORE},  # the same page again and again
        {"nodes": [], "pageInfo": {"endCursor": None}},
    ],
    ids=str,
)
def test_a_page_that_is_none_is_no_smaller_sample(page: Any) -> None:
    with a_stage(issues=[pull(1, hours=1)]) as stage:
        body = json.dumps({"data": {"q0": {"page": page}}})
        stage.emulator.faults = [Fault(path="/graphql", status=200, body=body, times=None)]

        assert isinstance(stage.error(lead()), MalformedResponse)


def test_a_page_that_is_too_much_for_github_is_asked_for_with_fewer_others() -> None:
    with a_stage(environments=[f"e{n}" for n in range(8)], deployments=[]) as stage:
        stage.emulator.world["most_selections"] = 2

        values = [
            answer.value
            for answer in stage.answers(*(deployments(environment=f"e{n}") for n in range(8)))
            if isinstance(answer, Measurement)
        ]
    assert values == [0] * 8


# ---------------------------------------------------------------- what people may write


@pytest.mark.parametrize(
    "written",
    [
        {"duration": {"pull_requests": {"repo": REPO}, "from": "created"}},
        {"duration": {"pull_requests": {"repo": REPO}, "from": "merged", "to": "closed"}},
        {"duration": {"pull_requests": {"repo": REPO}, "from": "created", "to": "resolved"}},
        {"duration": {"pull_requests": {"repo": REPO}, "from": {"status": "open"}, "to": "merged"}},
        lead("p99"),
        lead(state="open"),
        {"deployments": {"repo": REPO}},
        deployments("inactive"),
        deployments("sucess"),
        {**deployments(), "take": "mean"},
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(written: dict[str, Any]) -> None:
    kind = next(iter(written))

    with pytest.raises(ValidationError):
        plugin.kinds[kind].model_validate(written)


def test_the_first_page_has_no_cursor() -> None:
    first = documents.deployments(REPO, "production", after=None)
    second = documents.deployments(REPO, "production", after="c")

    assert "after" not in first.field
    assert "after: $after" in second.field
