-- The durable runs. Protocol: docs/concepts/runs.md.
create table node (
  id text primary key,
  version text not null,
  beat timestamptz not null,
  draining boolean not null default false);

create table workspace_meter (            -- fair share and credits of a workspace; touched once per submit or flush, never per call
  workspace_id text primary key references workspace,
  turn timestamptz not null default now(),
  max_running int not null default 32,
  credit_limit numeric(18,4),             -- null: unlimited
  spent numeric(18,4) not null default 0,
  reserved numeric(18,4) not null default 0 check (reserved >= 0));

create table user_meter (
  workspace_id text not null,
  user_id text not null,
  credit_limit numeric(18,4),
  spent numeric(18,4) not null default 0,
  reserved numeric(18,4) not null default 0 check (reserved >= 0),
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references account on delete cascade);

create table run (                        -- narrow: rewritten at every step; big values live in run_data
  workspace_id text not null,
  id text not null,
  user_id text not null,
  kind text not null,                     -- agent, later workflow, call, batch
  program text not null,                  -- 'agent/1': the grammar of the journal's keys, not the build
  state text not null check (state in ('ready', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
  attempt int not null default 1,         -- raised by an explicit retry of a failed run
  serial text,                            -- runs with the same serial (an agent's thread) go one after the other
  turn timestamptz not null,              -- place in the queue
  due_at timestamptz,
  timeout_ms bigint not null,             -- of each attempt
  deadline_at timestamptz not null,
  node_id text,
  fence bigint not null default 0,
  wake boolean not null default false,    -- a signal arrived while running
  cancel boolean not null default false,
  revived int not null default 0,         -- revivals since the last new step
  seq bigint not null default 0,          -- of the last event
  steps_done int not null default 0,
  current text not null default '',       -- what it is doing, a sentence
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  primary key (workspace_id, id),
  check ((state = 'running') = (node_id is not null))) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index run_ready on run (turn) where state = 'ready';
create index run_due on run (due_at) where state = 'waiting';
create index run_held on run (node_id) where state = 'running';
create index run_busy on run (workspace_id) where state = 'running';
create index run_recent on run (workspace_id, user_id, id desc);
create index run_serial on run (workspace_id, serial, id) where serial is not null and state in ('ready', 'running', 'waiting');

create table run_data (
  workspace_id text not null,
  run_id text not null,
  input json not null,
  pinned json not null,                  -- the definitions it started with
  result json,
  error json,
  webhook json,                          -- {url, secret_id}
  primary key (workspace_id, run_id),
  foreign key (workspace_id, run_id) references run on delete cascade);

create table run_step (
  workspace_id text not null,
  run_id text not null,
  key text not null,                      -- 'turn/3/model', 'turn/3/call/<n>': from the definition, never from code order
  state text not null check (state in ('intent', 'done', 'failed', 'unknown')),
  attempt int not null default 1,
  fence bigint not null,
  effect text not null check (effect in ('none', 'repeatable', 'once')),
  name text not null,
  request json,
  result json,
  error json,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (workspace_id, run_id, key),
  foreign key (workspace_id, run_id) references run on delete cascade);

create table run_wait (
  workspace_id text not null,
  run_id text not null,
  key text not null,
  reason text not null check (reason in ('timer', 'approval', 'callback', 'child', 'limit', 'budget', 'outcome unknown', 'no progress')),
  due_at timestamptz,
  question json,
  answer json,
  answered_by text,
  answered_at timestamptz,
  primary key (workspace_id, run_id, key),
  foreign key (workspace_id, run_id) references run on delete cascade);
create index run_wait_open on run_wait (workspace_id, reason) where answered_at is null;

create table run_event (
  workspace_id text not null,
  run_id text not null,
  seq bigint not null,
  at timestamptz not null default now(),
  type text not null,
  data json not null,
  primary key (workspace_id, run_id, seq));

create table thread (                     -- a conversation with an agent; messages are those of its completed runs
  workspace_id text not null,
  id text not null,
  user_id text not null,
  agent_id text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id));

create table thread_message (
  workspace_id text not null,
  thread_id text not null,
  run_id text not null,
  position int not null,
  message json not null,
  primary key (workspace_id, thread_id, run_id, position),
  foreign key (workspace_id, thread_id) references thread on delete cascade);

create table delivery (                   -- webhooks out
  workspace_id text not null,
  id text not null,                       -- also the Webhook-Id
  run_id text not null,
  url text not null,
  secret_id text,
  body json not null,
  attempt int not null default 0,
  due_at timestamptz not null default now(),
  state text not null default 'due' check (state in ('due', 'delivered', 'given up')),
  last_status int,
  last_error text,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id));
create index delivery_due on delivery (due_at) where state = 'due';
