"""The domain: measurement -> progress -> event. Pure: no I/O, no clock, no async, no SQL.

definition   what people wrote: cycles, objectives and key results, their inputs
grammar      what the text of a formula may consist of
formula      arithmetic over named measurements
window       `window:` as written -> instants of this moment
reading      what was last read for a query, well or badly
value        readings -> the current value of a key result, or why there is none
progress     start, target, current -> progress; bands
pace         progress against the calendar
freshness    can this number be believed today
rollup       key results -> their objective's progress
state        what is known of a subject: the row that every window shows
course       what the history of a key result says, in short
evaluate     definitions + readings + states before -> states after
exact        which approximate counts deserve an exact one
event        states before and after -> events, with their sequence
body         what an event says: JSON, bounded, as bytes
event_schema one JSON Schema per event type
"""
