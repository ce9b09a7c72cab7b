"""Checked mappings -> findings: what is legal, and a person should look at.

rule         what a rule is, what it looks at, what it says
rulebook     how an installation wants to be told
objectives   rules about objectives and what they support
numbers      rules about what a key result is made of
recorded     rules that need what was recorded so far
shadow       rules about what is in shadow
lint         all rules, in the order of the docs, and the run over them
"""

from syncd.mappings.lint.lint import RULES, lint, needs_record
from syncd.mappings.lint.rule import Matter
from syncd.mappings.lint.rulebook import Rulebook

__all__ = ["RULES", "Matter", "Rulebook", "lint", "needs_record"]
