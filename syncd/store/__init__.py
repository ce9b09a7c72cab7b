"""State and outbox. The only SQL.

store        opens a database; a transaction is the edge where things are committed
connect      the engines: SQLite for one process, PostgreSQL when scaled; one_trip: how SQLite is called
migrate      brings a database to the schema of this code
lock         one process syncs and delivers on a SQLite file
transaction  what can be read and written together, by noun:
  versions   the active mappings
  readings   the last good and the last bad answer of every distinct query
  states     what is known of key results and objectives
  history    check-ins: how a key result's number came to be what it is
  courses    the same in short, for all key results at once
  syncs      what each sync did, and how the connections are
  secrets    what signs for the endpoints that people added, sealed
  audit      who did what; append-only
  channels   over which sources send that send no other way
  outbox     events, endpoints, deliveries, attempts: enqueue
  claims     what a drain takes and settles; settlements, queues: the rows of it
  operating  what people do about deliveries; listing: what they see of them
sealing      how secrets lie in the store
subjects     the table behind states
facts        what rows of several tables carry
schema       what all tables share
tables       all tables, for migrations
batch        many rows in one statement
"""

from syncd.store.history import CheckIn
from syncd.store.store import Store
from syncd.store.syncs import ConnectionState, SyncRecord
from syncd.store.transaction import Transaction
from syncd.store.versions import MappingVersion

__all__ = ["CheckIn", "ConnectionState", "MappingVersion", "Store", "SyncRecord", "Transaction"]
