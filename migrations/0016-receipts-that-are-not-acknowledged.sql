-- Open receipts are looked at by the sweep and by metrics, and those that failed by people. They are few among all that went
-- well, and stay few when there are many years of them.
create index revocation_receipts_not_acknowledged on revocation_receipt (state, position) where state <> 'acknowledged';
