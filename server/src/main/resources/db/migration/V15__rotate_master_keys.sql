-- A rotation takes a key from 'next' (made, on its way to the servers) to 'current' (seals what is new) to 'old' (opens
-- what it sealed) to 'retired' (no secret needs it any more).
alter table vault_key
  add state text not null default 'current' check (state in ('next', 'current', 'old', 'retired')),
  add salt bytea,                         -- null: the key lies in the servers' key files; else scrypt of the passphrase with
  add scrypt_cost int,                    -- this salt, this cost (N),
  add scrypt_block int,                   -- this block size (r)
  add scrypt_lanes int;                   -- and this parallelism (p)
alter table vault_key alter state drop default;
create unique index vault_key_single on vault_key (state) where state in ('next', 'current');

insert into vault_key (id, check_value, state)
select distinct key_id, ''::bytea, 'old' from secret s
where not exists (select from vault_key k where k.id = s.key_id);
alter table secret add foreign key (key_id) references vault_key;
create index secret_by_key on secret (key_id);

create table vault_node (                 -- which keys the running servers hold: a rotation waits for them
  node_id text primary key,
  keys text[] not null,
  seen_at timestamptz not null);
