"""Milestones, composites and roll-ups, as files say them."""

from __future__ import annotations

from datetime import date, timedelta

from syncd.mappings.findings import Finding
from syncd.mappings.lint import Matter, lint
from syncd.mappings.load import Loaded, load_mappings
from syncd.okr.definition import KeyResult, Mappings, Objective, Subject
from syncd.okr.kinds import Composite, Milestones
from tests.plugins import CONTEXT, PLUGINS

HEAD = "cycle: 2026-Q4\nteam: product\n"
GROWTH = "objectives:\n  growth:\n    title: Growth\n    key_results:\n"
COUNT = '{from: tracker, count: "project = P"}'


def loaded(*texts: str) -> Loaded:
    files = {f"mappings/{number}.yaml": text for number, text in enumerate(texts)}
    return load_mappings(files, context=CONTEXT, plugins=PLUGINS)


def load(*texts: str) -> Mappings:
    found = loaded(*texts)
    assert found.mappings is not None, [str(finding) for finding in found.findings]
    return found.mappings


def key_result(body: str, *, head: str = HEAD) -> KeyResult:
    mappings = load(
        f"{head}{GROWTH}      kr: {{title: K, {body}}}\n      other: {{title: O, observe: true}}\n"
    )
    return mappings.key_results[Subject("2026-Q4", "product/growth/kr")]


class TestMilestones:
    def steps(self, body: str, **more: str) -> KeyResult:
        found = key_result(body, **more)
        assert isinstance(found.kind, Milestones)
        return found

    def test_a_step_is_done_by_a_date_a_query_a_condition_or_not_at_all(self) -> None:
        found = self.steps(
            f"measure: {{connected: {COUNT}}}, milestones: {{"
            "launch: {title: Launch, weight: 2, due: 2026-11-15, done_on: 2026-11-03}, "
            "pilot: {title: Pilot, measure: {from: tracker, ticket: P-12}}, "
            'wearables: {title: Three wearables, when: "connected >= 3"}, '
            "rest: {title: The rest}}"
        )

        assert isinstance(found.kind, Milestones)
        launch, pilot, wearables, rest = found.kind.steps
        assert (launch.key, launch.title, launch.weight) == ("launch", "Launch", 2.0)
        assert (launch.due, launch.done_on) == (date(2026, 11, 15), date(2026, 11, 3))
        assert (pilot.measure, pilot.names) == (found.inputs[1], {"milestones.pilot"})
        assert wearables.when is not None
        assert (wearables.when.text, wearables.names) == ("connected >= 3", {"connected"})
        assert (rest.done_on, rest.measure, rest.when, rest.due, rest.weight) == (None, None, None, None, 1.0)

    def test_all_that_a_step_looks_at_is_asked_and_ages(self) -> None:
        found = self.steps("milestones: {pilot: {title: P, measure: {from: tracker, ticket: P-12}}}")

        assert [used.name for used in found.inputs] == ["milestones.pilot"]
        assert found.freshness is not None
        assert found.freshness.warn_after == timedelta(minutes=15)
        assert (found.unit, found.formula) == ("count", None)

    def test_steps_by_hand_ask_for_nothing(self) -> None:
        found = self.steps("milestones: {launch: {title: L, done_on: 2026-12-31}}, unit: steps")

        assert (found.inputs, found.freshness, found.unit) == ((), None, "steps")

    def test_a_condition_may_use_the_measurements_of_the_file(self) -> None:
        head = f"{HEAD}measures:\n  active: {COUNT}\n  idle: {COUNT}\n"

        found = self.steps('milestones: {launch: {title: L, when: "active > 0"}}', head=head)

        assert [used.name for used in found.inputs] == ["active"]

    def test_a_duration_says_its_unit(self) -> None:
        lead = '{from: tracker, duration: {jql: "project = P", from: created, to: resolved}}'

        found = self.steps(
            f'measure: {{lead: {lead}}}, milestones: {{fast: {{title: F, when: "days(lead) < 3"}}}}'
        )

        assert isinstance(found.kind, Milestones)
        assert found.kind.steps[0].when is not None
        assert found.kind.steps[0].when.evaluate({"lead": 86_400.0}) == 1.0

    def test_the_days_of_the_cycle_are_those_up_to_its_last(self) -> None:
        found = self.steps("milestones: {launch: {title: L, due: 2026-12-31, done_on: 2026-09-01}}")

        assert isinstance(found.kind, Milestones)

    def test_the_digest_follows_what_is_measured_and_not_what_is_said(self) -> None:
        digests = {
            name: self.steps(
                f"measure: {{n: {COUNT}}}, milestones: {{a: {{title: A, {body}}}}}"
            ).measure_digest
            for name, body in {
                "three": "when: n > 3",
                "later": "when: n > 3, due: 2026-11-01",
                "four": "when: n > 4",
            }.items()
        }

        assert digests["three"] == digests["later"] != digests["four"]

    def test_a_measurement_that_no_condition_uses_is_told(self) -> None:
        body = f'measure: {{used: {COUNT}, idle: {COUNT}}}, milestones: {{a: {{title: A, when: "used > 3"}}}}'
        found = loaded(f"{HEAD}owner: anna\n{GROWTH}      kr: {{title: K, {body}}}\n")
        assert found.mappings is not None

        told = lint(Matter(mappings=found.mappings, now=CONTEXT.cycles["2026-Q4"].starts_at))

        assert [finding.message for finding in told if finding.code == "unused_measure"] == [
            "'product/growth/kr' reads 'idle' and never uses it"
        ]


COMPANY = """
cycle: 2026-H2
organisation: true
objectives:
  care:
    title: Care
    key_results:
      waiting: {title: Waiting, observe: true}
"""


class TestComposite:
    def test_its_parts_are_key_results_of_any_file_found_as_supports_are(self) -> None:
        mappings = load(
            f"{HEAD}{GROWTH}      mix: {{title: M, composite: "
            "{parts: {product/growth/own: 2, company/care/waiting: 1}, take: worst}}\n"
            "      own: {title: O, observe: true}\n",
            COMPANY,
        )

        mix = mappings.key_results[Subject("2026-Q4", "product/growth/mix")]
        assert mix.kind == Composite(
            parts=(
                (Subject("2026-Q4", "product/growth/own"), 2.0),
                (Subject("2026-H2", "company/care/waiting"), 1.0),
            ),
            take="worst",
        )
        assert (mix.unit, mix.inputs, mix.freshness) == ("ratio", (), None)

    def test_it_takes_the_mean_unless_it_says_otherwise(self) -> None:
        found = key_result("unit: ratio, composite: {parts: {product/growth/other: 1}}")

        assert isinstance(found.kind, Composite)
        assert found.kind.take == "mean"

    def test_an_unknown_part_is_told_with_the_nearest_id(self) -> None:
        (finding,) = findings_of("composite: {parts: {product/growth/othre: 1}}")

        assert (finding.code, finding.hint) == ("unknown_part", "did you mean 'product/growth/other'?")

    def test_parts_of_the_own_objective_and_of_the_one_that_it_supports_are_no_circle(self) -> None:
        mappings = load(
            f"{HEAD}objectives:\n"
            "  growth:\n    title: G\n    supports: [product/base]\n    key_results:\n"
            "      mix: {title: M, composite: {parts: {product/growth/own: 1, product/base/kr: 1}}}\n"
            "      own: {title: O, observe: true}\n"
            "  base:\n    title: B\n    rollup: supporters\n    key_results:\n"
            "      kr: {title: K, observe: true}\n"
        )

        assert len(mappings.key_results) == 3


def findings_of(body: str) -> tuple[Finding, ...]:
    found = loaded(
        f"{HEAD}{GROWTH}      kr: {{title: K, {body}}}\n      other: {{title: O, observe: true}}\n"
    )
    assert found.mappings is None
    return found.findings


class TestRollup:
    def objective(self, *texts: str) -> Objective:
        return load(*texts, COMPANY).objectives[Subject("2026-H2", "company/care")]

    def test_supporters_are_those_of_the_objective_and_of_its_key_results_each_once(self) -> None:
        care = self.objective(
            f"{HEAD}objectives:\n"
            "  one: {title: O, supports: [company/care, company/care/waiting]}\n"
            "  two: {title: T, supports: [company/care/waiting]}\n"
            "  three: {title: T, supports: [product/one]}\n"
        )

        assert care.supporters == (
            Subject("2026-Q4", "product/one"),
            Subject("2026-Q4", "product/two"),
        )
        assert care.rollup == "key_results"

    def test_the_file_says_what_it_rolls_up_from(self) -> None:
        mappings = load(
            f"{HEAD}objectives:\n"
            "  one: {title: O, rollup: supporters}\n"
            "  two: {title: T, rollup: by_hand}\n"
            "  three: {title: T, rollup: key_results}\n"
        )

        assert [found.rollup for found in mappings.objectives.values()] == [
            "supporters",
            "by_hand",
            "key_results",
        ]

    def test_weights_that_nobody_uses_may_be_zero(self) -> None:
        mappings = load(
            f"{HEAD}objectives:\n  one:\n    title: O\n    rollup: by_hand\n    key_results:\n"
            "      kr: {title: K, observe: true, weight: 0}\n"
        )

        assert len(mappings.key_results) == 1

    def test_an_objective_that_cannot_be_read_is_told_once_and_not_for_its_supporters(self) -> None:
        found = loaded(f"{HEAD}objectives:\n  one: {{title: O, supports: [product/two]}}\n  two: nothing\n")

        assert [finding.code for finding in found.findings] == ["wrong_type"]
