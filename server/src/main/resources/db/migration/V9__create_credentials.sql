create table credential (                 -- kept by itself, used by connections; its secrets lie in the vault under its id
  workspace_id text not null references workspace,
  id text not null,
  name text not null,
  description text not null default '',
  auth json not null,                     -- how it is shown to a remote; never a secret
  secret_names text[] not null,
  owner_id text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, name));
