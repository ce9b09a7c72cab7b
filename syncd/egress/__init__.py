"""Everything that dials out.

wire.py        what a connector gets: sessions, batches, counts
adapter.py     one request in, one whole answer out
guard.py       what may be asked at all
exchange.py    one attempt: send, read, believe only what is whole
attempt.py     its time, and the sockets that die with it
dial.py        resolve, vet, connect
outcome.py     what an answer means: the table of statuses
patience.py    retries and waits
addresses.py   which addresses are public; for webhook endpoints too

http.py        what webhook deliveries are posted with: one vetted dial, one deadline
answer.py      what an endpoint answers
names.py       names to addresses; one that hangs makes no other wait
bounded.py     a socket that takes so many bytes and no more
"""
