"""All rules, and the run over them."""

from __future__ import annotations

from syncd.mappings.findings import Finding, Findings
from syncd.mappings.lint.numbers import only_tickets, unused_measure
from syncd.mappings.lint.objectives import (
    no_owner,
    orphan,
    supports_nothing,
    supports_wrong_tier,
    too_many_objectives,
)
from syncd.mappings.lint.recorded import (
    closed_cycle_changed,
    met_at_start,
    no_check_in,
    start_of_another_measure,
    unmoved,
)
from syncd.mappings.lint.rule import Matter, Rule
from syncd.mappings.lint.rulebook import Rulebook, Setting
from syncd.mappings.lint.shadow import long_in_shadow, uncompared

RULES: tuple[Rule, ...] = (
    supports_nothing,
    supports_wrong_tier,
    orphan,
    too_many_objectives,
    no_owner,
    only_tickets,
    unused_measure,
    met_at_start,
    unmoved,
    no_check_in,
    closed_cycle_changed,
    start_of_another_measure,
    long_in_shadow,
    uncompared,
)


def lint(matter: Matter) -> tuple[Finding, ...]:
    """What the rules say, each as severe as the installation wants it; in the order of the files."""
    findings = Findings()
    for rule in RULES:
        setting = setting_of(rule, matter.rulebook)
        if setting == "off":
            continue
        tell = findings.error if setting == "error" else findings.warn
        for note in rule.find(matter):
            tell(note.place, rule.code, note.message, hint=rule.hint)
    return findings.all()


def needs_record(rulebook: Rulebook) -> bool:
    """Whether a rule that is not off needs what was recorded."""
    return any(rule.is_recorded and setting_of(rule, rulebook) != "off" for rule in RULES)


def setting_of(rule: Rule, rulebook: Rulebook) -> Setting:
    return rulebook.settings.get(rule.code, rule.usually)
