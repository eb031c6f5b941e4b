-- Prompts and resources are definitions too.
alter table definition drop constraint definition_kind_check;
alter table definition add constraint definition_kind_check
  check (kind in ('tool', 'agent', 'workflow', 'connection', 'endpoint', 'snippet', 'prompt', 'resource'));
drop index definition_unique_name;
create unique index definition_unique_name on definition (workspace_id, kind, name)
  where kind in ('tool', 'connection', 'snippet', 'prompt', 'resource') and deleted_at is null;

create table mcp_session (                -- what a client with a handshake said of itself
  workspace_id text not null references workspace on delete cascade,
  id text not null,
  user_id text not null,
  capabilities json not null,
  log_level text,                         -- the least that it wants to hear; null: nothing
  subscriptions text[] not null default '{}',
  used_at timestamptz not null default now(),
  primary key (workspace_id, id));
create index mcp_session_used on mcp_session (workspace_id, used_at);

create table mcp_question (               -- what a server asked a client in the middle of a call
  workspace_id text not null references workspace on delete cascade,
  id text not null,
  user_id text not null,
  answer json,
  asked_at timestamptz not null default now(),
  primary key (workspace_id, id));
