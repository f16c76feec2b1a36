-- Until now every key could read history. From here on it takes a permission, which is given by whoever has it: those who may make
-- keys have it from the start, or else nobody could hand it out.
update api_key set permissions = permissions || '{history:read}'
 where 'api_keys:manage' = any (permissions) and not 'history:read' = any (permissions);
