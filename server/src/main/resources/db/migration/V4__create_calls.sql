create table call (                       -- one execution of a tool, written in groups
  workspace_id text not null,
  at timestamptz not null default now(),
  id text not null,
  tool_id text not null,
  version int not null,
  user_id text not null,
  run_id text,
  step_key text,
  door text not null,                     -- test, run, mcp
  state text not null default 'ended' check (state in ('intent', 'ended')),
  outcome text,
  error_type text,
  error text,
  duration_us bigint not null default 0,
  attempts int not null default 1,
  input json,
  output json,
  logs json,
  credits numeric(18,4) not null default 0,
  primary key (workspace_id, id));
create index call_tool on call (workspace_id, tool_id, at desc);

create table tool_usage (                 -- rolled up in the flush that writes the calls; statistics never count rows of call
  workspace_id text not null,
  tool_id text not null,
  calls bigint not null default 0,
  succeeded bigint not null default 0,
  failed bigint not null default 0,
  total_us bigint not null default 0,
  last_used_at timestamptz,
  primary key (workspace_id, tool_id));

create table idempotency (
  workspace_id text not null,
  user_id text not null,
  method text not null,
  path text not null,
  key text not null,
  request_hash bytea not null,
  node_id text,
  state text not null check (state in ('open', 'done', 'unknown')),
  status int,
  answer json,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '24 hours',
  primary key (workspace_id, user_id, method, path, key));
create index idempotency_expiry on idempotency (expires_at);

create table credit_entry (               -- double entry; charged once by constraint
  workspace_id text not null,
  id text not null,
  at timestamptz not null default now(),
  user_id text not null,
  debit text not null check (debit in ('available', 'reserved', 'spent')),
  credit text not null check (credit in ('available', 'reserved', 'spent')),
  amount numeric(18,4) not null check (amount > 0),
  cause text not null,                    -- run id and attempt, call id, or request id
  kind text not null check (kind in ('reserve', 'settle', 'refund', 'charge')),
  primary key (workspace_id, id),
  unique (workspace_id, cause, kind));
create index credit_entry_user on credit_entry (workspace_id, user_id, at desc);
