-- What ends sessions is read out of the log by a router of its own, which waits for nothing that webhooks wait for. It begins
-- where the one router was.
insert into checkpoint (name, position)
select 'router-now', position from checkpoint where name = 'router'
on conflict do nothing;

-- It asks at each turn which protocols anybody uses.
create index destinations_of_a_protocol on destination (protocol);
