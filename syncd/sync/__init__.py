"""One sync: plan, measure, evaluate, record. Start reading at `run`.

site       what a sync works with, and the mappings that hold
sight      what is seen before anything is asked
cycles     which cycles are alive; closing, ending: how they come to rest
plan       which queries of which connections, equal ones merged; hinted: which a hook can have touched
measure    the queries of each connection, in threads; failures are values
confirm    exact counts for approximate ones that decide something
fold       answers -> readings
run        the whole sync, and the one transaction that records it
save       what is kept of an evaluation; history: which states become a check-in
settle     what changes without a source being asked
preview    the same without recording: what a new mapping would change
report     how a sync went: per connection, and as a whole; connection: how each one is after it
words      a person's word, taken; speak: recorded, with what follows from it
backfill   what is asked of the past; filling: what becomes of the answers
silence    another syncd that fell silent; announce: a new epoch, told whole
"""
