"""What people do: check-ins and confirmations. Decided here, recorded by the sync's own means."""
