-- What takes too long is looked for by when it happened (`revocation_receipts_outstanding_by_event`), no more by when it was asked for.
drop index revocation_receipts_outstanding;
