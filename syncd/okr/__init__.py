"""The domain: measurement -> progress -> event. Pure: no I/O, no clock, no async, no SQL.

definition   what people wrote: cycles, objectives, key results, their inputs
formula      arithmetic over named measurements
reading      what was last read for a query, well or badly
progress     start, target, current -> progress; bands
pace         progress against the calendar
freshness    can this number be believed today
state        what is known of a subject: the row that every window shows
evaluate     definitions + readings + states before -> states after
event        states before and after -> events, with their sequence and their bytes
"""
