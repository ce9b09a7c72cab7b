"""What is read and written together, by noun."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.audit import Audit
from syncd.store.batch import DialectName
from syncd.store.channels import ChannelsTable
from syncd.store.comparisons import Comparisons
from syncd.store.courses import Courses
from syncd.store.cycles import Cycles
from syncd.store.epochs import Epochs
from syncd.store.feed import Feed
from syncd.store.former_names import FormerNames
from syncd.store.hints import HintsTable
from syncd.store.history import History
from syncd.store.idempotency import Idempotency
from syncd.store.imports import Imports
from syncd.store.keys import Keys
from syncd.store.metering import Metering
from syncd.store.outbox import Outbox
from syncd.store.overview import StoreOverview, overview
from syncd.store.pruned import PrunedEvents
from syncd.store.readings import Readings
from syncd.store.receipts import Receipts
from syncd.store.retention import Retained
from syncd.store.secrets import Secrets
from syncd.store.senders import Senders
from syncd.store.snapshots import Snapshots
from syncd.store.states import StatesTable
from syncd.store.sync_requests import SyncRequests
from syncd.store.syncs import Syncs
from syncd.store.trails import Trails
from syncd.store.versions import Versions


class Transaction:
    """Everything done through it is committed together, or not at all, by whoever opened it."""

    def __init__(self, connection: AsyncConnection, dialect: DialectName) -> None:
        self.connection = connection
        self._dialect: DialectName = dialect
        self.versions = Versions(connection)
        self.readings = Readings(connection, dialect)
        self.states = StatesTable(connection, dialect)
        self.former_names = FormerNames(connection)
        self.history = History(connection)
        self.comparisons = Comparisons(connection)
        self.snapshots = Snapshots(connection)
        self.courses = Courses(connection)
        self.cycles = Cycles(connection, dialect)
        self.trails = Trails(connection)
        self.imports = Imports(connection)
        self.syncs = Syncs(connection)
        self.sync_requests = SyncRequests(connection)
        self.epochs = Epochs(connection)
        self.audit = Audit(connection)
        self.keys = Keys(connection)
        self.senders = Senders(connection, dialect)
        self.secrets = Secrets(connection)
        self.idempotency = Idempotency(connection, dialect)
        self.receipts = Receipts(connection, dialect)
        self.hints = HintsTable(connection, dialect)
        self.channels = ChannelsTable(connection, dialect)
        self.feed = Feed(connection)
        self.pruned = PrunedEvents(connection)
        self.retained = Retained(connection)
        self.metering = Metering(connection)
        self.outbox = Outbox(connection, self.states)

    async def overview(self) -> StoreOverview:
        """See `overview`."""
        return await overview(self.connection, self._dialect)
