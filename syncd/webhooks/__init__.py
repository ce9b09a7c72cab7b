"""Event -> delivery.

sign     the headers that let a consumer trust the stored bytes
attempt  one POST, and what its answer means
settle   what becomes of a delivery after an attempt: the schedule, the end of it
drain    claim, send, settle: until nothing is due
"""
