create table vault_key (                  -- which master keys this database's secrets need; never a key itself
  id text primary key,
  check_value bytea not null,             -- HMAC of a constant: recognises the key, tells nothing about it
  created_at timestamptz not null default now());
