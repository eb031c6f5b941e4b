-- A step that acts again under another vault key gives another address: the one given before still answers it.
alter table run_wait add column former_hash bytea;
create index run_wait_former on run_wait (workspace_id, former_hash) where former_hash is not null;
