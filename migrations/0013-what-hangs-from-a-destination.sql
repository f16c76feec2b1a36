-- Whoever works for a destination holds its row of `delivery_state`. A foreign key that led from what they write to the
-- destination itself would make them wait for somebody who is deleting it, and who waits for them.
alter table delivery_chain
  drop constraint delivery_chain_destination_id_fkey,
  add foreign key (destination_id) references delivery_state on delete cascade;
alter table parked_delivery
  drop constraint parked_delivery_destination_id_fkey,
  add foreign key (destination_id) references delivery_state on delete cascade;
