"""What `syncd init` writes: an installation's file and a first mapping, both to be finished in place."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from string import Template

from syncd.sdk.template import write_new

SETTINGS = Template("""\
# What this installation of syncd is, and what it talks to. `syncd check` tells what is wrong here.
# Secrets never stand in this file: write ${NAME} for an environment variable, or ${file:/run/secrets/name}.

organisation: my-company
timezone: UTC                       # an IANA name, such as Europe/Berlin; days, weeks and cycles are in it

cycles:                             # both days belong to the cycle
  $cycle: {from: $first, to: $last}

store: sqlite:///syncd.db           # beside this file; or postgresql://user@host/database

connections:                        # keep those you use, remove the others
  code:
    connector: github
    token: "${GITHUB_TOKEN}"        # a fine-grained token that may read issues, pull requests and metadata
  # tracker:
  #   connector: jira
  #   url: https://my-company.atlassian.net
  #   email: bot@my-company.com     # Cloud: e-mail and API token; Data Center: the token alone
  #   token: "${JIRA_TOKEN}"
  # usage:
  #   connector: google_sheets
  #   credentials: "${GOOGLE_CREDENTIALS}"    # a service account's key: JSON in the variable, or a path
  #   spreadsheet: the-id-from-its-address    # share it with the service account's e-mail

endpoints: {}                       # who is told when a key result moves, such as:
  # okr-store:
  #   url: https://okr.my-company.com/hooks/syncd
  #   secret: "${OKR_STORE_SECRET}"           # export OKR_STORE_SECRET="whsec_$$(openssl rand -base64 32)"
""")

MAPPING = Template("""\
# A team's objectives, and where the numbers of their key results come from.
# `syncd plan` shows what it would change, `syncd apply` makes it active, `syncd sync` asks the sources.

cycle: $cycle
team: product                       # becomes the first part of every id: product/steady-product/open-bugs
owner: my-handle

objectives:
  steady-product:
    title: A product that people can rely on
    key_results:

      open-bugs:
        title: From 40 open bugs to 10
        unit: count
        start: 40                   # where it stood when the cycle began
        target: 10                  # up or down, both work
        measure: {from: code, issues: {repo: my-company/my-product, state: open, labels: [bug]}}

      bugs-closed-share:
        title: Nine of ten bugs are closed
        unit: ratio                 # 0.9 is 90 %
        start: 0.5
        target: 0.9
        measure:                    # several named measurements ...
          closed: {from: code, issues: {repo: my-company/my-product, state: closed, labels: [bug]}}
          open: {from: code, issues: {repo: my-company/my-product, state: open, labels: [bug]}}
        value: closed / (closed + open)     # ... and the formula over them

      interviews:
        title: Ten interviews with customers
        unit: count
        start: 0
        target: 10                  # no measure: people enter this one by hand
""")


def write_starter(folder: Path, *, today: date) -> list[Path]:
    """Writes both files; the cycle is the quarter of `today`.

    Raises:
        ConfigError: `already_there`, nothing was written then; `cannot_write`.
    """
    first, last = quarter(today)
    facts = {"cycle": f"{first.year}-Q{(first.month + 2) // 3}", "first": first, "last": last}
    # In the settings, `$${NAME}` would be the escape; safe_substitute leaves `${NAME}` as it stands.
    files = {
        folder / "syncd.yaml": SETTINGS.safe_substitute(facts),
        folder / "mappings" / "product.yaml": MAPPING.substitute(facts),
    }
    return write_new(files, hint="name another folder: `syncd init FOLDER`")


def quarter(day: date) -> tuple[date, date]:
    """First and last day of the calendar quarter that `day` is in."""
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    after = date(first.year + first.month // 10, (first.month + 3 - 1) % 12 + 1, 1)
    return first, after - timedelta(days=1)
