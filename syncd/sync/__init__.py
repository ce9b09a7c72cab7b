"""One sync: plan, measure, evaluate, record. Start reading at `run`.

cycles     which cycles are alive
plan       which queries of which connections, equal ones merged
measure    the queries of each connection, in threads; failures are values
fold       answers -> readings
run        the whole sync, and the one transaction that records it
preview    the same without recording: what a new mapping would change
report     how a sync went: per connection, and as a whole
"""
