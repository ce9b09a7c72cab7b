"""syncd keeps key results true.

The flow, and the folders that follow it; a reader starts at `sync/run.py`:

    source -> measurement -> mapping/formula -> progress -> state + outbox -> event -> delivery

    errors      the error tree; the lowest layer
    egress      everything that dials out: address vetting, deadlines, budgets, counters
    sdk         source -> measurement: the connector contract
    okr         measurement -> progress -> event; pure
    delivery    the state machine of deliveries; pure
    mappings    YAML text -> checked mapping
    store       state and outbox; the only SQL
    sync        one sync: plan, measure, evaluate, record
    people      what people do: check-ins and confirmations
    webhooks    event -> delivery: sign, attempt, settle
    inbox       webhooks that come in: hints that wake a sync, and events of other syncds
    engine      where work runs
    views       read models
    api         a window on the same state: HTTP
    settings    syncd.yaml
    log         events with fields, readable or JSON
    bootstrap   the one place that wires
    commands    what each command does, without its screen
    screen      how results look in a terminal
    demo        the example organisation, running
    cli         the commands
    client      the consumer's side, for consumers to import or copy: knows nothing of the rest
"""

__version__ = "0.1.0"
