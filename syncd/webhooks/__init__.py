"""Event -> delivery.

sign     the headers that let a consumer trust the stored bytes
attempt  one POST, and what its answer means
ping     one signed event past the queue, to see whether an endpoint works
drain    claim, send, settle: until nothing is due

What becomes of a delivery is decided in `syncd.delivery`.
"""
