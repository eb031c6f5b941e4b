-- Connections and endpoints are definitions too; what changes by itself (credentials, tokens, how it went) lies beside.
alter table definition drop constraint definition_kind_check;
update definition set kind = 'connection' where kind = 'connector';
alter table definition add constraint definition_kind_check
  check (kind in ('tool', 'agent', 'workflow', 'connection', 'endpoint', 'snippet'));
drop index definition_tool_name;
create unique index definition_unique_name on definition (workspace_id, kind, name)
  where kind in ('tool', 'connection', 'snippet') and deleted_at is null;

create table connection_login (           -- who a connection is to its remote
  workspace_id text not null,
  connection_id text not null,
  user_id text not null,                  -- '' when all callers share it
  secret_id text,                         -- in the vault: api_key, password, client_secret …
  secret_names text[] not null default '{}',
  token_id text,                          -- in the vault: access and refresh token
  token_expires_at timestamptz,           -- null: it does not say
  can_renew boolean not null default false,      -- there is a refresh token
  scope text not null default '',         -- as granted
  refreshing_until timestamptz,           -- a server is asking for the next token
  needs_consent boolean not null default false,  -- the refresh token is refused: a person must agree again
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_failure text not null default '',
  updated_at timestamptz not null default now(),
  primary key (workspace_id, connection_id, user_id),
  foreign key (workspace_id, connection_id) references definition on delete cascade);

create table oauth_consent (              -- consents under way, ten minutes each
  workspace_id text not null,
  id text not null,                       -- SHA-256 of the state
  connection_id text not null,
  user_id text not null,                  -- who was asked
  holder text not null,                   -- connection_login.user_id
  verifier_id text not null,              -- PKCE's verifier, in the vault
  redirect_uri text not null,
  expires_at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, connection_id) references definition on delete cascade);
create index oauth_consent_id on oauth_consent (id);

create table rate_limit (                 -- GCRA: when the next request would be due at an even pace
  workspace_id text not null,
  id text not null,
  due_at timestamptz not null,
  primary key (workspace_id, id));
