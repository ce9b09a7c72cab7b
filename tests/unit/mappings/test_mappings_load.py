from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from syncd.mappings.findings import Finding
from syncd.mappings.load import load_mappings, load_query, read_mapping_files
from syncd.okr.definition import (
    FreshnessRule,
    Keep,
    KeyResult,
    Mappings,
    Observe,
    QueryKey,
    Reach,
    Subject,
    WindowSpec,
)
from syncd.okr.kinds import Rate
from tests.plugins import CONTEXT, PLUGINS

VALID = Path(__file__).parent / "valid"


def load(*texts: str) -> Mappings:
    files = {f"mappings/{number}.yaml": text for number, text in enumerate(texts)}
    loaded = load_mappings(files, context=CONTEXT, plugins=PLUGINS)
    assert loaded.mappings is not None, [str(finding) for finding in loaded.findings]
    return loaded.mappings


def findings_of(*texts: str) -> tuple[Finding, ...]:
    files = {f"mappings/{number}.yaml": text for number, text in enumerate(texts)}
    loaded = load_mappings(files, context=CONTEXT, plugins=PLUGINS)
    assert loaded.mappings is None
    return loaded.findings


def a_file(
    *key_results: str, head: str = "cycle: 2026-Q4\nteam: product\n", objective: str = "growth"
) -> str:
    """A file with one objective; each key result is a flow map without its braces."""
    lines = [f"      kr-{number}: {{{body}}}\n" for number, body in enumerate(key_results)]
    return (
        f"{head}objectives:\n  {objective}:\n    title: Growth\n    key_results:\n{''.join(lines)}"
        if key_results
        else f"{head}objectives:\n  {objective}:\n    title: Growth\n"
    )


def the_key_result(body: str, **kwargs: str) -> KeyResult:
    return next(iter(load(a_file(f"title: K, {body}", **kwargs)).key_results.values()))


LONE = 'measure: {from: tracker, count: "project = P"}'


class TestKeyResults:
    def test_the_whole_example_is_read(self) -> None:
        mappings = load((VALID / "product.yaml").read_text(), (VALID / "company.yaml").read_text())

        adoption = mappings.key_results[Subject("2026-Q4", "product/pharmacy-experience/assistant-adoption")]
        assert adoption.title == "Active customers who use the health assistant"
        assert (adoption.tier, adoption.team, adoption.owner) == ("team", "product", "anna")
        assert adoption.kind == Reach(start=0.2, target=0.75)
        assert adoption.weight == 2
        assert [found.name for found in adoption.inputs] == ["users", "active"]
        assert adoption.formula is not None
        assert adoption.formula.evaluate({"users": 30.0, "active": 60.0}) == 0.5
        assert adoption.freshness == FreshnessRule(
            warn_after=timedelta(days=1), error_after=timedelta(days=3)
        )
        assert str(adoption.place) == "mappings/0.yaml:12:7"
        objective = mappings.objectives[Subject("2026-Q4", "product/pharmacy-experience")]
        assert objective.supports == (Subject("2026-Q4", "company/care-without-queues"),)
        assert objective.key_results[0] == adoption.subject

    def test_a_band_has_open_and_strict_sides(self) -> None:
        kinds = {
            "at_least: 0.99, tolerance: 0.01": Keep(low=0.99, tolerance=0.01),
            "below: 3": Keep(high=3.0, strict_high=True),
            "above: 1, at_most: 2": Keep(low=1.0, high=2.0, strict_low=True),
            "between: [-1, 1], by: latest": Keep(low=-1.0, high=1.0),
        }

        read = {band: the_key_result(f"keep: {{{band}}}").kind for band in kinds}

        assert read == kinds

    def test_a_rate_says_how_much_and_how_often(self) -> None:
        kinds = {
            "rate: {at_least: 10, every: week}": Rate(need=10.0, every="week"),
            "rate: {at_least: 0.5, every: day, carry_over: true, of: amount}": Rate(
                need=0.5, every="day", carry_over=True
            ),
            "start: 12, rate: {at_least: 3, every: month, of: running_total}": Rate(
                need=3.0, every="month", of="running_total", start=12.0
            ),
            "start: measured, rate: {at_least: 3, every: month, of: running_total}": Rate(
                need=3.0, every="month", of="running_total"
            ),
        }

        assert {written: the_key_result(written).kind for written in kinds} == kinds

    def test_the_numbers_of_a_rate_are_asked_per_period(self) -> None:
        query = 'measure: {from: tracker, count: "x", window: period, by: created}'

        mappings = load(
            a_file(
                f"title: A, rate: {{at_least: 10, every: week}}, {query}",
                f"title: B, rate: {{at_least: 40, every: month}}, {query}",
            ),
            a_file(
                f"title: C, rate: {{at_least: 1, every: day}}, {query}",
                head="cycle: 2026-Q3\nteam: product\n",
                objective="older",
            ),
        )

        (asked,) = mappings.queries.values()
        assert (asked.window, asked.by, asked.cycle) == (WindowSpec(is_period=True), "created", None)
        assert all(used.per_period for it in mappings.key_results.values() for used in it.inputs)

    def test_observe_has_neither_start_nor_target(self) -> None:
        assert the_key_result(f"observe: true, {LONE}").kind == Observe()

    def test_one_without_a_measure_is_set_by_hand(self) -> None:
        key_result = the_key_result("start: 0, target: 1, unit: count")

        assert key_result.inputs == ()
        assert key_result.formula is None
        assert key_result.freshness is None

    def test_the_unit_of_a_lone_query_is_that_of_its_connector(self) -> None:
        units = {
            the_key_result(f"observe: true, {LONE}").unit,
            the_key_result("observe: true, measure: {from: tracker, ticket: P-1}").unit,
            the_key_result("observe: true").unit,
        }

        assert units == {"count", "ratio", "number"}

    def test_owners_are_inherited_and_can_be_set_lower(self) -> None:
        head = "cycle: 2026-Q4\nteam: product\nowner: anna\n"

        mappings = load(a_file("title: A, observe: true", "title: B, observe: true, owner: ben", head=head))

        assert [found.owner for found in mappings.key_results.values()] == ["anna", "ben"]

    def test_a_person_owns_their_own_file(self) -> None:
        head = "cycle: 2026-Q4\nindividual: anna\nmember_of: product\n"

        key_result = the_key_result("observe: true", head=head)

        assert (key_result.subject.id, key_result.tier) == ("anna/growth/kr-0", "individual")
        assert (key_result.team, key_result.owner) == ("product", "anna")

    def test_the_organisation_has_the_prefix_company(self) -> None:
        key_result = the_key_result("observe: true", head="cycle: 2026-Q4\norganisation: true\n")

        assert (key_result.subject.id, key_result.tier, key_result.team) == (
            "company/growth/kr-0",
            "organisation",
            None,
        )

    def test_a_number_is_late_after_three_refreshes_and_stale_after_twelve(self) -> None:
        by_connection = the_key_result(f"observe: true, {LONE}").freshness
        by_itself = the_key_result(f"observe: true, refresh: 1h, {LONE}").freshness

        assert by_connection == FreshnessRule(
            warn_after=timedelta(minutes=15), error_after=timedelta(minutes=60)
        )
        assert by_itself == FreshnessRule(warn_after=timedelta(hours=3), error_after=timedelta(hours=12))

    def test_the_slowest_input_sets_the_freshness(self) -> None:
        rule = the_key_result(
            'observe: true, measure: {a: {from: tracker, count: "x"}, b: {from: usage, cell: A1}},'
            " value: a / b"
        ).freshness

        assert rule == FreshnessRule(warn_after=timedelta(minutes=45), error_after=timedelta(hours=3))

    def test_half_a_freshness_rule_never_crosses_the_other_half(self) -> None:
        late = the_key_result(f"observe: true, {LONE}, freshness: {{warn_after: 2d}}").freshness
        early = the_key_result(f"observe: true, {LONE}, freshness: {{error_after: 1m}}").freshness

        assert late == FreshnessRule(warn_after=timedelta(days=2), error_after=timedelta(days=2))
        assert early == FreshnessRule(warn_after=timedelta(minutes=1), error_after=timedelta(minutes=1))


class TestDurations:
    SPAN = 'duration: {jql: "project = P", from: created, to: {status: Done}}'

    def test_a_lone_duration_converts_to_the_unit(self) -> None:
        key_result = the_key_result(f"observe: true, unit: days, measure: {{from: tracker, {self.SPAN}}}")

        assert key_result.formula is not None
        assert key_result.formula.evaluate({"value": 86_400.0 * 3}) == 3.0

    def test_a_bare_name_converts_as_well(self) -> None:
        key_result = the_key_result(
            f"observe: true, unit: hours, measure: {{lead: {{from: tracker, {self.SPAN}}}}}, value: lead"
        )

        assert key_result.formula is not None
        assert key_result.formula.evaluate({"lead": 7_200.0}) == 2.0

    def test_a_wrapped_duration_may_stand_in_any_formula(self) -> None:
        key_result = the_key_result(
            f"observe: true, measure: {{lead: {{from: tracker, {self.SPAN}}}}}, value: days(lead) * 2"
        )

        assert key_result.formula is not None
        assert key_result.formula.evaluate({"lead": 86_400.0}) == 2.0

    def test_seconds_need_no_formula(self) -> None:
        assert the_key_result(f"observe: true, measure: {{from: tracker, {self.SPAN}}}").formula is None


class TestQueries:
    def test_equal_queries_are_one_whoever_asks_and_however_they_are_written(self) -> None:
        block = (
            "cycle: 2026-Q4\nteam: people\nobjectives:\n  a:\n    title: A\n    key_results:\n      k:\n"
            "        title: K\n        observe: true\n        measure:\n"
            "          min_value: 5\n          exact: false\n          count: 'project = P'\n"
            "          from: tracker\n"
        )

        mappings = load(a_file(f"title: K, observe: true, {LONE}"), block)

        assert len(mappings.queries) == 1
        inputs = [found.inputs[0] for found in mappings.key_results.values()]
        assert inputs[0].query == inputs[1].query
        assert [found.min_value for found in inputs] == [None, 5.0]

    def test_window_moment_option_and_connection_make_a_query_another(self) -> None:
        queries = [
            'from: tracker, count: "project = P"',
            'from: tracker, count: "project = P", exact: true',
            'from: tracker, count: "project = P", window: cycle, by: created',
            'from: tracker, count: "project = P", window: cycle, by: resolved',
            'from: tracker, count: "project = P", window: 28d, by: created',
            "from: usage, cell: A1",
            "from: bare, cell: A1, spreadsheet: 1AbC",
        ]

        mappings = load(a_file(*(f"title: K, observe: true, measure: {{{query}}}" for query in queries)))

        assert len(mappings.queries) == len(queries)

    def test_four_weeks_are_28_days(self) -> None:
        queries = [f'from: tracker, count: "x", window: {window}, by: created' for window in ("4w", "28d")]

        mappings = load(a_file(*(f"title: K, observe: true, measure: {{{query}}}" for query in queries)))

        assert [query.window for query in mappings.queries.values()] == [WindowSpec(days=28)]

    def test_a_cycle_bounds_every_window_but_two_days(self) -> None:
        bodies = [
            f'title: K, observe: true, measure: {{from: tracker, count: "x", window: {window}, by: created}}'
            for window in ("cycle", "28d", "{from: 2026-10-01, to: 2026-10-31}")
        ]

        mappings = load(
            a_file(*bodies), a_file(*bodies, head="cycle: 2026-Q3\nteam: product\n", objective="older")
        )

        by_cycle = [query.cycle.name for query in mappings.queries.values() if query.cycle]
        assert sorted(by_cycle) == ["2026-Q3", "2026-Q3", "2026-Q4", "2026-Q4"]
        assert len(mappings.queries) == 5
        assert WindowSpec(first_day=date(2026, 10, 1), last_day=date(2026, 10, 31)) in [
            query.window for query in mappings.queries.values()
        ]

    def test_a_query_takes_from_its_connection_what_it_leaves_out(self) -> None:
        said = "observe: true, measure: {from: usage, cell: A1, spreadsheet: 1AbC}"
        left_out = "observe: true, measure: {from: usage, cell: A1}"

        mappings = load(a_file(f"title: A, {said}", f"title: B, {left_out}"))

        (query,) = mappings.queries.values()
        assert query.ask.spreadsheet == "1AbC"

    def test_shared_measurements_are_read_once_and_only_where_used(self) -> None:
        head = (
            "cycle: 2026-Q4\nteam: product\n"
            "measures: {active: {from: usage, cell: A1}, unused: {from: usage, cell: A2}}\n"
        )
        body = "observe: true, measure: {users: {from: usage, cell: B1}}, value: users / active"

        mappings = load(a_file(f"title: A, {body}", "title: B, observe: true, value: active * 2", head=head))

        assert [[i.name for i in found.inputs] for found in mappings.key_results.values()] == [
            ["users", "active"],
            ["active"],
        ]
        assert [query.ask.cell for query in mappings.queries.values()] == ["B1", "A1"]

    def test_the_text_of_a_query_can_be_pasted(self) -> None:
        mappings = load(
            a_file(
                "title: K, observe: true, measure: "
                '{from: tracker, count: "a # b", window: cycle, by: created, min_value: 5}'
            )
        )

        (query,) = mappings.queries.values()
        assert query.text == 'count: "a # b", window: "cycle", by: "created"'
        again = load_query(
            f"{{{query.text}}}", connection="tracker", context=CONTEXT, plugins=PLUGINS, cycle="2026-Q4"
        )
        assert again.query == query

    def test_what_is_taken_of_a_sample_makes_another_query_and_its_least_size_does_not(self) -> None:
        span = 'from: tracker, duration: {jql: "p", from: created, to: resolved}'
        bodies = [f"{span}", f"{span}, take: p85", f"{span}, take: p85, min_sample: 10"]

        mappings = load(a_file(*(f"title: K, observe: true, measure: {{{body}}}" for body in bodies)))

        inputs = [found.inputs[0] for found in mappings.key_results.values()]
        assert [mappings.queries[one.query].ask.take for one in inputs] == ["median", "p85", "p85"]
        assert [one.min_sample for one in inputs] == [None, None, 10]
        assert inputs[0].query != inputs[1].query == inputs[2].query
        assert mappings.queries[inputs[2].query].text.endswith('take: "p85"')

    def test_a_model_with_an_alias_and_a_union_is_filled(self) -> None:
        mappings = load(a_file(f"title: K, observe: true, measure: {{from: tracker, {TestDurations.SPAN}}}"))

        (query,) = mappings.queries.values()
        assert (query.ask.duration.from_, query.ask.duration.to.status) == ("created", "Done")
        assert query.unit == "seconds"

    def test_a_lone_query_is_read_without_a_file(self) -> None:
        good = load_query('count: "project = P"', connection="tracker", context=CONTEXT, plugins=PLUGINS)
        bad = load_query("coutn: 5", connection="tracker", context=CONTEXT, plugins=PLUGINS)

        assert good.query is not None
        assert good.query.key.connection == "tracker"
        assert [(f.path, f.code) for f in bad.findings] == [("query", "unknown_key")]

    def test_a_person_may_read_what_their_team_may(self) -> None:
        body = "title: K, observe: true, measure: {from: staff, cell: A1}"

        allowed = load(a_file(body, head="cycle: 2026-Q4\nindividual: ida\nmember_of: people\n"))

        assert len(allowed.queries) == 1


class TestLinks:
    def test_an_id_in_two_files_of_a_cycle_names_both_places(self) -> None:
        findings = findings_of(a_file("title: A, observe: true"), a_file())

        (finding,) = findings
        assert finding.code == "duplicate_id"
        assert str(finding).startswith("mappings/1.yaml:4:3: 'product/growth' is defined twice in 2026-Q4")
        assert finding.message.endswith("first at mappings/0.yaml:4:3")

    def test_an_id_may_stand_in_two_cycles(self) -> None:
        mappings = load(a_file(), a_file(head="cycle: 2026-Q3\nteam: product\n"))

        assert set(mappings.objectives) == {
            Subject("2026-Q4", "product/growth"),
            Subject("2026-Q3", "product/growth"),
        }

    def test_an_id_means_the_own_cycle_then_one_around_it_then_the_named_one(self) -> None:
        def supporting(wanted: str) -> Subject:
            half = a_file(head="cycle: 2026-H2\norganisation: true\n")
            older = a_file(head="cycle: 2026-Q3\nteam: people\n", objective="older")
            both = a_file(head="cycle: 2026-Q4\norganisation: true\n", objective="both")
            both_half = a_file(head="cycle: 2026-H2\nteam: people\n", objective="x")
            own = a_file().replace("title: Growth", f'title: Growth\n    supports: ["{wanted}"]')
            (found,) = (
                load(half, older, both, both_half, own)
                .objectives[Subject("2026-Q4", "product/growth")]
                .supports
            )
            return found

        assert supporting("company/both") == Subject("2026-Q4", "company/both")
        assert supporting("company/growth") == Subject("2026-H2", "company/growth")
        assert supporting("people/older@2026-Q3") == Subject("2026-Q3", "people/older")

    def test_an_id_of_a_cycle_that_is_not_around_must_be_named(self) -> None:
        older = a_file(head="cycle: 2026-Q3\nteam: people\n", objective="older")
        own = a_file().replace("title: Growth", "title: Growth\n    supports: [people/older]")

        (finding,) = findings_of(older, own)

        assert (finding.code, finding.hint) == ("unknown_supports", "write people/older@2026-Q3")

    def test_an_unread_file_makes_no_id_unknown(self) -> None:
        own = a_file().replace("title: Growth", "title: Growth\n    supports: [people/older]")

        findings = findings_of("cycle: [", own)

        assert [f.code for f in findings] == ["syntax"]

    def test_a_key_result_with_mistakes_is_still_there_to_be_supported(self) -> None:
        broken = a_file("title: K, start: 1, target: 1", head="cycle: 2026-Q4\nteam: people\n")
        own = a_file().replace("title: Growth", "title: Growth\n    supports: [people/growth/kr-0]")

        findings = findings_of(broken, own)

        assert [f.code for f in findings] == ["start_is_target"]

    def test_a_circle_through_two_cycles_names_them_since_both_may_have_the_same_ids(self) -> None:
        file = "cycle: {}\nteam: product\nobjectives:\n  care: {{title: C, supports: [product/care@{}]}}\n"
        now, older = file.format("2026-Q4", "2026-Q3"), file.format("2026-Q3", "2026-Q4")

        (finding,) = findings_of(now, older)

        assert finding.message == (
            "a circle: product/care@2026-Q4 -> product/care@2026-Q3 -> product/care@2026-Q4"
        )

    @pytest.mark.parametrize("wanted", ["ben/growth", "ben/growth/kr-0", "product/growth"])
    def test_an_objective_supports_no_lower_tier(self, wanted: str) -> None:
        team = a_file()
        person = a_file(
            "title: K, observe: true", head="cycle: 2026-Q4\nindividual: ben\nmember_of: product\n"
        )
        by = "organisation: true" if wanted.startswith("product") else "team: people"
        own = f"cycle: 2026-Q4\n{by}\nobjectives:\n  care: {{title: Care, supports: [{wanted}]}}\n"

        (finding,) = findings_of(team, person, own)

        assert (finding.code, finding.line, finding.column) == ("supports_downwards", 4, 34)

    def test_a_long_chain_is_no_circle(self) -> None:
        lines = [f"  o-{n}: {{title: O, supports: [product/o-{n + 1}]}}\n" for n in range(3_000)]
        text = "cycle: 2026-Q4\nteam: product\nobjectives:\n" + "".join(lines) + "  o-3000: {title: O}\n"

        assert len(load(text).objectives) == 3_001


class TestDigests:
    def test_the_digest_is_of_names_and_contents_in_any_order(self) -> None:
        one, two = a_file(), a_file(head="cycle: 2026-Q3\nteam: product\n")

        def digest(files: dict[str, str]) -> str:
            loaded = load_mappings(files, context=CONTEXT, plugins=PLUGINS).mappings
            assert loaded is not None
            return loaded.digest

        assert digest({"a": one, "b": two}) == digest({"b": two, "a": one})
        assert len({digest({"a": one, "b": two}), digest({"a": two, "b": one}), digest({"a": one})}) == 3

    def test_the_measure_digest_changes_with_inputs_formula_and_unit_alone(self) -> None:
        base = the_key_result(f"start: 0, target: 1, {LONE}").measure_digest

        same = the_key_result(f"start: 0, target: 9, weight: 3, owner: ben, {LONE}").measure_digest
        others = {
            the_key_result(f"start: 0, target: 1, unit: points, {LONE}").measure_digest,
            the_key_result('start: 0, target: 1, measure: {from: tracker, count: "x"}').measure_digest,
            the_key_result(
                f"start: 0, target: 1, {LONE.replace('{', '{value: {')}}}, value: value * 2"
            ).measure_digest,
        }

        assert same == base
        assert len(others | {base}) == 4


class TestFiles:
    def test_every_yaml_file_below_the_folder_is_read_under_its_name(self, tmp_path: Path) -> None:
        folder = tmp_path / "mappings"
        (folder / "teams").mkdir(parents=True)
        for name in ("b.yaml", "a.yml", "teams/c.yaml", "notes.txt"):
            (folder / name).write_text("x: 1\n")

        files = read_mapping_files(folder)

        assert list(files.texts) == ["mappings/a.yml", "mappings/b.yaml", "mappings/teams/c.yaml"]

    def test_a_file_that_cannot_be_read_is_a_finding_beside_the_others(self, tmp_path: Path) -> None:
        (tmp_path / "bad.yaml").write_bytes(b"\xff")
        (tmp_path / "good.yaml").write_text(a_file("title: K, start: 1, target: 1"))

        loaded = load_mappings(read_mapping_files(tmp_path), context=CONTEXT, plugins=PLUGINS)

        assert loaded.mappings is None
        assert sorted(f.code for f in loaded.findings) == ["not_utf8", "start_is_target"]

    def test_a_missing_folder_is_a_finding(self, tmp_path: Path) -> None:
        loaded = load_mappings(read_mapping_files(tmp_path / "no"), context=CONTEXT, plugins=PLUGINS)

        assert [f.code for f in loaded.findings] == ["unreadable"]


def test_ten_thousand_key_results_ask_each_query_once() -> None:
    text = [a_file(*[f"title: K, observe: true, {LONE}"] * 500, objective=f"o-{n}") for n in range(20)]

    mappings = load(*text)

    assert (len(mappings.key_results), len(mappings.queries)) == (10_000, 1)


def test_nothing_is_read_from_no_files() -> None:
    assert load() == Mappings(digest=load().digest)


WORDS = st.sampled_from(
    [
        "cycle",
        "team",
        "2026-Q4",
        "product",
        "objectives",
        "title",
        "key_results",
        "measure",
        "from",
        "tracker",
        "count",
        "start",
        "target",
        "keep",
        "between",
        "value",
        "usage",
        "cell",
        "window",
        "by",
        "freshness",
        "supports",
        "organisation",
        "individual",
        "measures",
    ]
)
TREES = st.recursive(
    WORDS | st.integers() | st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=15,
)


@given(TREES, TREES)
def test_no_tree_of_known_words_stops_the_loader(objectives: object, measures: object) -> None:
    tree = {"cycle": "2026-Q4", "team": "product", "measures": measures, "objectives": objectives}

    loaded = load_mappings({"a.yaml": json.dumps(tree)}, context=CONTEXT, plugins=PLUGINS)

    assert (loaded.mappings is None) == any(f.severity == "error" for f in loaded.findings)


@given(st.dictionaries(WORDS, TREES, min_size=1, max_size=8))
def test_no_key_result_of_known_words_stops_the_loader(body: dict[str, object]) -> None:
    tree = {
        "cycle": "2026-Q4",
        "team": "product",
        "objectives": {"a": {"title": "A", "key_results": {"k": body}}},
    }

    loaded = load_mappings({"a.yaml": json.dumps(tree)}, context=CONTEXT, plugins=PLUGINS)

    assert (loaded.mappings is None) == any(f.severity == "error" for f in loaded.findings)


NUMBERS = st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: round(x, 6))


@given(NUMBERS, NUMBERS, st.floats(0, 100).map(lambda x: round(x, 3)), st.sampled_from(["EUR", "no", "1e3"]))
def test_what_is_dumped_is_loaded(start: float, target: float, weight: float, unit: str) -> None:
    body = {
        "title": unit,
        "unit": unit,
        "start": start,
        "target": target if target != start else start + 1,
        "weight": weight or 1,
    }
    tree = {
        "cycle": "2026-Q4",
        "team": "product",
        "objectives": {"a": {"title": "A", "key_results": {"k": body}}},
    }

    (key_result,) = load(json.dumps(tree)).key_results.values()

    assert (key_result.title, key_result.unit, key_result.weight) == (unit, unit, body["weight"])
    assert key_result.kind == Reach(start=body["start"], target=body["target"])
    assert key_result.inputs == ()


def test_the_example_is_plain_yaml_to_others() -> None:
    for path in VALID.glob("*.yaml"):
        assert yaml.safe_load(path.read_text())["cycle"] == "2026-Q4"


def test_query_keys_are_short_enough_to_read() -> None:
    (key,) = load(a_file(f"title: K, observe: true, {LONE}")).queries

    assert isinstance(key, QueryKey)
    assert len(key.digest) == 16
