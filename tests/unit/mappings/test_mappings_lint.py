"""A tiny mapping per rule: it fires exactly that rule, at its place."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from syncd.mappings.findings import Finding
from syncd.mappings.lint import RULES, Matter, Rulebook, lint
from syncd.mappings.lint.rulebook import Setting
from syncd.mappings.load import load_mappings
from syncd.okr.course import Course
from syncd.okr.definition import Subject
from syncd.okr.state import States
from tests.builders import utc
from tests.plugins import CONTEXT, PLUGINS
from tests.states import a_state

NOW = utc("2026-11-22T09:00")
AFTER_THE_CYCLE = utc("2027-01-02T09:00")
Q4 = "2026-Q4"

COMPANY = """\
cycle: 2026-Q4
organisation: true
owner: lena
objectives:
  care:
    title: Care
    key_results:
      score: {title: Score, start: 31, target: 51}
"""
TEAM = """\
cycle: 2026-Q4
team: product
owner: anna
objectives:
  growth:
    title: Growth
    supports: [company/care]
"""
TEAM_WITH = TEAM + "    key_results:\n"
PERSON = (
    "cycle: 2026-Q4\nindividual: ben\nmember_of: product\nobjectives:\n"
    "  care: {{title: Care, supports: [{}]}}\n"
)
COUNT = '{from: tracker, count: "project = P"}'


class Case(NamedTuple):
    """Files by their place in the list: `mappings/0.yaml`."""

    texts: list[str]
    told: list[tuple[str, str]]
    rulebook: Rulebook = Rulebook()


def limited(**objectives_per: int) -> Rulebook:
    return Rulebook(
        settings={"too_many_objectives": "warning"},
        objectives_per=objectives_per,  # type: ignore[arg-type]  # the names are tiers
    )


CASES = {
    "nothing to tell": Case([COMPANY, TEAM], []),
    "a team supports nothing": Case(
        ["cycle: 2026-Q4\nteam: product\nowner: anna\nobjectives:\n  growth: {title: Growth}\n"],
        [("supports_nothing", "mappings/0.yaml:5:3")],
    ),
    "a person supports nothing": Case(
        ["cycle: 2026-Q4\nindividual: ben\nmember_of: product\nobjectives:\n  growth: {title: Growth}\n"],
        [("supports_nothing", "mappings/0.yaml:5:3")],
    ),
    "a key result of the organisation is an orphan": Case([COMPANY], [("orphan", "mappings/0.yaml:8:7")]),
    "a key result is supported, its sibling is not": Case(
        [
            COMPANY + "      queues: {title: Queues, start: 9, target: 1}\n",
            TEAM.replace("company/care", "company/care/score"),
        ],
        [("orphan", "mappings/0.yaml:9:7")],
    ),
    "a key result of a team is no orphan": Case(
        [COMPANY, TEAM_WITH + "      score: {title: Score, start: 31, target: 51}\n"], []
    ),
    "a team has two objectives where one is the limit": Case(
        [COMPANY, TEAM + "  order: {title: Order, supports: [company/care]}\n"],
        [("too_many_objectives", "mappings/1.yaml:8:3")],
        limited(team=1),
    ),
    "two files of one team count together": Case(
        [COMPANY, TEAM, TEAM.replace("growth", "order")],
        [("too_many_objectives", "mappings/2.yaml:5:3")],
        limited(team=1),
    ),
    "two cycles count apart": Case(
        [COMPANY, TEAM, TEAM.replace("2026-Q4", "2026-H2").replace("care", "care@2026-Q4")],
        [],
        limited(team=1),
    ),
    "a tier without a limit has none": Case(
        [COMPANY, TEAM + "  order: {title: Order, supports: [company/care]}\n"], [], limited(individual=1)
    ),
    "the limit is off until somebody asks for it": Case(
        [COMPANY, TEAM + "  order: {title: Order, supports: [company/care]}\n"], []
    ),
    "nobody owns an objective and what is in it": Case(
        [COMPANY, TEAM_WITH.replace("owner: anna\n", "") + "      nps: {title: S, start: 1, target: 5}\n"],
        [("no_owner", "mappings/1.yaml:4:3")],
    ),
    "an owner at the objective is enough": Case(
        [COMPANY, TEAM.replace("owner: anna\n", "") + "    owner: anna\n"], []
    ),
    "a count of tickets is to reach a number": Case(
        [COMPANY, TEAM_WITH + f"      bugs: {{title: B, start: 0, target: 20, measure: {COUNT}}}\n"],
        [("only_tickets", "mappings/1.yaml:9:7")],
    ),
    "a count of tickets is to change": Case(
        [COMPANY, TEAM_WITH + f"      bugs: {{title: B, start: 40, change: -25%, measure: {COUNT}}}\n"],
        [("only_tickets", "mappings/1.yaml:9:7")],
    ),
    "a count of tickets is to be kept up": Case(
        [
            COMPANY,
            TEAM_WITH + "      bugs: {title: B, rate: {at_least: 5, every: week},"
            ' measure: {from: tracker, count: "project = P", window: period, by: created}}\n',
        ],
        [("only_tickets", "mappings/1.yaml:9:7")],
    ),
    "a person supports the own team, or another one": Case(
        [
            COMPANY,
            TEAM,
            PERSON.format("product/growth"),
            PERSON.replace("product", "people").replace("ben", "eva").format("product/growth"),
        ],
        [],
    ),
    "a person supports the organisation": Case(
        [COMPANY, PERSON.format("company/care")], [("supports_wrong_tier", "mappings/1.yaml:5:3")]
    ),
    "a team supports another one": Case(
        [COMPANY, TEAM, TEAM.replace("product", "people").replace("company/care", "product/growth")], []
    ),
    "a team supports itself": Case(
        [COMPANY, TEAM + "  order: {title: Order, supports: [product/growth]}\n"],
        [("supports_wrong_tier", "mappings/1.yaml:8:3")],
    ),
    "a quarter of a team supports its half": Case(
        [
            COMPANY,
            TEAM.replace("2026-Q4", "2026-H2").replace("company/care", "company/care@2026-Q4"),
            TEAM.replace("company/care", "product/growth@2026-H2"),
        ],
        [],
    ),
    "a sum of two counts is a count": Case(
        [
            COMPANY,
            TEAM_WITH + f"      bugs: {{title: B, unit: count, start: 0, target: 20, value: a + b,"
            f" measure: {{a: {COUNT}, b: {COUNT}}}}}\n",
        ],
        [("only_tickets", "mappings/1.yaml:9:7")],
    ),
    "a ratio of two counts is a share of scope": Case(
        [
            COMPANY,
            TEAM_WITH + f"      bugs: {{title: B, start: 0, target: 1, value: a / b,"
            f" measure: {{a: {COUNT}, b: {COUNT}}}}}\n",
        ],
        [],
    ),
    "a count beside another number is more than a count": Case(
        [
            COMPANY,
            TEAM_WITH + f"      bugs: {{title: B, start: 0, target: 20, value: a + b,"
            f" measure: {{a: {COUNT}, b: {{from: usage, cell: A1}}}}}}\n",
        ],
        [],
    ),
    "a count to be kept low is no output": Case(
        [COMPANY, TEAM_WITH + f"      bugs: {{title: B, keep: {{at_most: 0}}, measure: {COUNT}}}\n"], []
    ),
    "a measurement of a key result is in no formula": Case(
        [
            COMPANY,
            TEAM_WITH + "      use:\n        title: U\n        observe: true\n        value: a\n"
            "        measure:\n          a: {from: usage, cell: A1}\n          b: {from: usage, cell: B1}\n",
        ],
        [("unused_measure", "mappings/1.yaml:15:11")],
    ),
    "a shared measurement is in no formula": Case(
        [
            COMPANY,
            TEAM.replace(
                "objectives:",
                "measures:\n  a: {from: usage, cell: A1}\n  b: {from: usage, cell: B1}\nobjectives:",
            )
            + "    key_results:\n      use: {title: U, start: 0, target: 20, value: b}\n",
        ],
        [("unused_measure", "mappings/1.yaml:5:3")],
    ),
}


def look_at(
    *texts: str,
    rulebook: Rulebook | None = None,
    now: datetime = NOW,
    states: States | None = None,
    courses: dict[Subject, Course] | None = None,
) -> tuple[Finding, ...]:
    files = {f"mappings/{number}.yaml": text for number, text in enumerate(texts)}
    loaded = load_mappings(files, context=CONTEXT, plugins=PLUGINS)
    assert loaded.mappings is not None, [str(finding) for finding in loaded.findings]
    return lint(
        Matter(
            mappings=loaded.mappings,
            shared=loaded.shared,
            rulebook=rulebook or Rulebook(),
            now=now,
            states=states or {},
            courses=courses or {},
        )
    )


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(found.code, f"{found.path}:{found.line}:{found.column}") for found in findings]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_rule_says_what_is_its_own_and_nothing_else(case: Case) -> None:
    findings = look_at(*case.texts, rulebook=case.rulebook)

    assert told(findings) == case.told
    assert all(found.severity == "warning" and found.hint for found in findings)


def test_every_rule_about_files_is_shown_by_a_case() -> None:
    shown = {code for case in CASES.values() for code, _place in case.told}

    assert shown == {rule.code for rule in RULES if not rule.is_recorded}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_cycle_that_is_over_is_left_alone(case: Case) -> None:
    assert look_at(*case.texts, rulebook=case.rulebook, now=AFTER_THE_CYCLE) == ()


def test_an_objective_of_a_past_cycle_supports_for_good() -> None:
    half = COMPANY.replace("2026-Q4", "2026-H2")
    third_quarter = TEAM.replace("2026-Q4", "2026-Q3")

    assert look_at(half, third_quarter) == ()


@pytest.mark.parametrize("setting", ["error", "warning"])
def test_an_installation_says_how_severe_a_finding_is(setting: Setting) -> None:
    (finding,) = look_at(COMPANY, rulebook=Rulebook(settings={"orphan": setting}))

    assert finding.severity == setting


def test_a_finding_that_is_off_is_not_told() -> None:
    assert look_at(COMPANY, rulebook=Rulebook(settings={"orphan": "off"})) == ()


class TestWhatWasRecorded:
    """One key result with a measure, one set by hand; both from 0 to 20."""

    READ, BY_HAND = Subject(Q4, "product/growth/read"), Subject(Q4, "product/growth/by-hand")
    FILE = (
        TEAM_WITH
        + "      read: {title: R, start: 0, target: 20, measure: {from: usage, cell: A1}}\n"
        + "      by-hand: {title: H, start: 0, target: 20}\n"
    )
    READ_PLACE, BY_HAND_PLACE = "mappings/1.yaml:9:7", "mappings/1.yaml:10:7"
    SINCE = utc("2026-10-20T09:00")

    def look(
        self,
        subject: Subject,
        course: Course,
        *,
        file: str = FILE,
        now: datetime = NOW,
        rulebook: Rulebook | None = None,
        **changes: object,
    ) -> list[tuple[str, str]]:
        texts = {"mappings/0.yaml": COMPANY, "mappings/1.yaml": file}
        mappings = load_mappings(texts, context=CONTEXT, plugins=PLUGINS).mappings
        assert mappings is not None
        digest = mappings.key_results[subject].measure_digest
        usual = {"start": 0.0, "target": 20.0, "current": 5.0, "progress": 0.25, "measure_digest": digest}
        state = a_state(subject.id, **{**usual, **changes})
        findings = look_at(
            *texts.values(),
            now=now,
            rulebook=rulebook,
            states={subject: state},
            courses={subject: course},
        )
        return told(findings)

    def test_a_first_value_at_the_target_was_met_at_the_start(self) -> None:
        course = Course(first=20, first_progress=1, first_at=utc("2026-10-02T09:00"))

        assert self.look(self.READ, course) == [("met_at_start", self.READ_PLACE)]

    def test_a_target_below_the_start_is_met_from_above(self) -> None:
        file = self.FILE.replace("start: 0, target: 20", "start: 40, target: 12")
        met = Course(first=11, first_progress=1, first_at=utc("2026-10-02T09:00"))
        not_met = Course(first=13, first_progress=1, first_at=utc("2026-10-02T09:00"))

        assert self.look(self.READ, met, file=file) == [("met_at_start", self.READ_PLACE)]
        assert self.look(self.READ, not_met, file=file) == []

    def test_a_target_that_was_raised_since_is_not_met(self) -> None:
        course = Course(first=25, first_progress=1, first_at=utc("2026-10-02T09:00"))

        assert self.look(self.READ, course, file=self.FILE.replace("target: 20", "target: 30")) == []

    def test_a_first_value_of_an_older_definition_was_not_met_if_it_was_not_said_to_be(self) -> None:
        in_percent = Course(first=45, first_progress=0.45, first_at=utc("2026-10-02T09:00"))

        assert self.look(self.READ, in_percent) == []

    def test_a_first_value_late_in_the_cycle_may_have_been_earned(self) -> None:
        # A quarter of the cycle's 92 days, and of the hour that October's last Sunday adds.
        first_quarter = utc("2026-09-30T22:00") + timedelta(days=23, minutes=15)
        early = Course(first=20, first_progress=1, first_at=first_quarter - timedelta(microseconds=1))
        late = Course(first=20, first_progress=1, first_at=first_quarter)

        assert self.look(self.READ, early) == [("met_at_start", self.READ_PLACE)]
        assert self.look(self.READ, late) == []

    @pytest.mark.parametrize(
        ("source", "digest", "more", "is_told"),
        [
            ("measured", "older", {}, True),
            ("measured", None, {}, False),
            ("query", "older", {}, False),
            ("measured", "older", {"again_after": "2026-10-20T09:00:00Z"}, False),
        ],
        ids=["another measure", "the same", "a query of its own", "to be taken anew"],
    )
    def test_a_start_that_was_captured_of_another_measure_is_told(
        self, source: str, digest: str | None, more: dict[str, str], is_told: bool
    ) -> None:
        file = self.FILE.replace(
            "start: 0, target: 20, measure", "unit: days, start: measured, change: -50%, measure"
        )
        mappings = load_mappings(
            {"mappings/0.yaml": COMPANY, "mappings/1.yaml": file}, context=CONTEXT, plugins=PLUGINS
        ).mappings
        assert mappings is not None
        today = mappings.key_results[self.READ].measure_digest
        start = {
            "value": 9.0,
            "at": "2026-10-01T09:00:00Z",
            "from": source,
            "digest": digest or today,
            **more,
        }

        found = self.look(self.READ, Course(), file=file, details={"start": start})

        assert found == [("start_of_another_measure", self.READ_PLACE)] * is_told

    @pytest.mark.parametrize(
        ("days", "is_told"), [(27, False), (28, True), (40, True)], ids=["27 days", "28 days", "40 days"]
    )
    def test_a_number_that_is_read_and_does_not_move_is_told(self, days: int, is_told: bool) -> None:
        seen_at = self.SINCE + timedelta(days=days)

        found = self.look(self.READ, Course(moved_at=self.SINCE), now=seen_at, last_good_at=seen_at)

        assert found == [("unmoved", self.READ_PLACE)] * is_told

    def test_a_number_that_cannot_be_read_is_not_unmoved(self) -> None:
        last_good_at = self.SINCE + timedelta(days=3)

        assert self.look(self.READ, Course(moved_at=self.SINCE), last_good_at=last_good_at) == []

    def test_a_number_counts_as_unmoved_from_the_cycles_first_moment_on(self) -> None:
        course = Course(moved_at=utc("2026-08-01T09:00"))
        after_27_days = utc("2026-10-27T22:00")

        assert self.look(self.READ, course, now=after_27_days, last_good_at=after_27_days) == []

    def test_a_target_that_is_met_and_a_band_may_stay_as_they_are(self) -> None:
        course = Course(moved_at=self.SINCE)
        band = self.FILE.replace(
            "read: {title: R, start: 0, target: 20", "read: {title: R, keep: {at_most: 9}"
        )

        assert self.look(self.READ, course, last_good_at=NOW, current=20.0, progress=1.0) == []
        assert self.look(self.READ, course, file=band, last_good_at=NOW) == []

    def test_what_another_measure_made_says_nothing(self) -> None:
        assert self.look(self.READ, Course(moved_at=self.SINCE), last_good_at=NOW, measure_digest="old") == []

    @pytest.mark.parametrize(("days", "is_told"), [(13, False), (14, True)], ids=["13 days", "14 days"])
    def test_a_number_set_by_hand_wants_a_check_in_every_two_weeks(self, days: int, is_told: bool) -> None:
        course = Course(moved_at=self.SINCE, checked_in_at=self.SINCE)

        found = self.look(self.BY_HAND, course, now=self.SINCE + timedelta(days=days))

        assert found == [("no_check_in", self.BY_HAND_PLACE)] * is_told

    def test_a_number_that_nobody_ever_set_is_due_two_weeks_into_the_cycle(self) -> None:
        early, due = utc("2026-10-14T21:59"), utc("2026-10-14T22:00")

        assert self.look(self.BY_HAND, Course(), now=early, current=None) == []
        assert self.look(self.BY_HAND, Course(), now=due, current=None) == [
            ("no_check_in", self.BY_HAND_PLACE)
        ]

    def test_a_number_that_people_confirm_week_by_week_is_unmoved_all_the_same(self) -> None:
        course = Course(moved_at=self.SINCE, checked_in_at=self.SINCE + timedelta(days=28))

        assert self.look(self.BY_HAND, course) == [("unmoved", self.BY_HAND_PLACE)]

    def test_limits_of_time_are_settings(self) -> None:
        rulebook = Rulebook(unmoved_after=timedelta(days=60), no_check_in_after=timedelta(days=60))

        assert self.look(self.READ, Course(moved_at=self.SINCE), rulebook=rulebook, last_good_at=NOW) == []
        assert self.look(self.BY_HAND, Course(checked_in_at=self.SINCE), rulebook=rulebook) == []
