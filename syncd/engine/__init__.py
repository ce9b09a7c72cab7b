"""Where work runs.

port      what an engine is: wake a task for a key, now or later
pruning   deletes what is old enough to go
embedded  in this process: a heap and a guard per key
"""
