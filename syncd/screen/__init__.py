"""How results look in a terminal. JSON goes to standard output, alone."""

from syncd.screen.changes import print_markdown as print_markdown
from syncd.screen.changes import show_plan as show_plan
from syncd.screen.files import finding_row as finding_row
from syncd.screen.files import probe_row as probe_row
from syncd.screen.files import show_findings as show_findings
from syncd.screen.files import show_probes as show_probes
from syncd.screen.numbers import key_result_table as key_result_table
from syncd.screen.numbers import note as note
from syncd.screen.numbers import show_deliveries as show_deliveries
from syncd.screen.numbers import show_errors as show_errors
from syncd.screen.numbers import show_explanation as show_explanation
from syncd.screen.numbers import show_status as show_status
from syncd.screen.numbers import show_sync as show_sync
from syncd.screen.people import show_check_in as show_check_in
from syncd.screen.sources import show_connectors as show_connectors
from syncd.screen.sources import show_items as show_items
from syncd.screen.sources import show_measurement as show_measurement
from syncd.screen.terminal import asking as asking
from syncd.screen.terminal import bar as bar
from syncd.screen.terminal import console as console
from syncd.screen.terminal import number as number
from syncd.screen.terminal import print_json as print_json
from syncd.screen.terminal import share as share
from syncd.screen.terminal import show_error as show_error
from syncd.screen.terminal import show_usage_error as show_usage_error
from syncd.screen.terminal import styled as styled
