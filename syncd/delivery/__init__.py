"""The state machine of deliveries: pure, without I/O, clock or randomness of its own.

    pending -> in_flight (lease) -> delivered | waiting (due_at) | dead;  pending, waiting -> superseded

schedule     how long to wait between attempts
outcome      what an answer says about a delivery
delivery     a delivery as it is claimed, tried and settled; leases
circuit      when an endpoint is out of reach: one probe at a time, and nothing else
settling     what becomes of deliveries and of their endpoint after a batch of attempts
superseding  which waiting ones a newer one makes superfluous
subscription what an endpoint hears of
rate         how much of an endpoint may be used
"""
