-- What starts agents and workflows without anybody there: times, and messages from outside.
create table schedule (
  workspace_id text not null references workspace,
  id text not null,
  user_id text not null,                  -- on whose behalf
  name text not null,
  target text not null check (target in ('agent', 'workflow')),
  target_id text not null,
  input json not null,
  cron text,                              -- five fields; null: once, at next_at
  zone text not null,
  missed text not null check (missed in ('skip', 'once', 'all')),
  enabled boolean not null,
  next_at timestamptz,                    -- null: never again
  last_at timestamptz,
  last_run_id text,
  last_error text,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id));
create index schedule_due on schedule (next_at) where enabled and next_at is not null;

create table hook (                       -- an address that others send messages to
  workspace_id text not null references workspace,
  id text not null,
  user_id text not null,
  name text not null,
  target text not null check (target in ('agent', 'workflow')),
  target_id text not null,
  input json not null,                    -- with references to the message
  secret_id text not null,
  enabled boolean not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id));

create table hook_message (               -- one that was taken is not taken again
  workspace_id text not null,
  hook_id text not null,
  message_id text not null,
  run_id text not null,
  at timestamptz not null default now(),
  primary key (workspace_id, hook_id, message_id),
  foreign key (workspace_id, hook_id) references hook on delete cascade);
