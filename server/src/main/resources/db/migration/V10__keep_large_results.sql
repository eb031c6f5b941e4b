create table artifact (                   -- a result too large to hand on; its handle stands in for it everywhere
  workspace_id text not null,
  id text not null,
  user_id text not null,                  -- who called the tool
  call_id text not null,
  run_id text,
  tool text not null,                     -- the tool's name at that time
  content_type text not null,
  content bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,                 -- null: kept for ever
  primary key (workspace_id, id));
create index artifact_recent on artifact (workspace_id, user_id, id desc);
create index artifact_expiry on artifact (expires_at) where expires_at is not null;

create table artifact_link_key (          -- what signs a workspace's links; the key itself lies in the vault
  workspace_id text primary key references workspace,
  secret_id text not null);
