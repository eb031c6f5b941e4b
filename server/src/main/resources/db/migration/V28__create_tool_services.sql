-- What the catalogue knows of a tool beside its definition: how it is served, and how it does.
create table tool_service (
  workspace_id text not null,
  tool_id text not null,
  scope text not null,                    -- as it was asked for; other workspaces see what an admin publishes
  status text not null check (status in ('active', 'inactive', 'error')),
  status_message text,                    -- why it is in error
  connection_id text,                     -- null: a built-in
  transport text,
  docker_image text,
  port int,                               -- the container's own
  health_endpoint text,
  environment json not null default '{}', -- names, with the ids of their values in the vault
  updated_by text not null,
  last_health_check timestamptz,          -- the last one that succeeded
  failures int not null default 0,        -- in a row
  check_at timestamptz,                   -- when it is looked at next; null: never
  primary key (workspace_id, tool_id),
  foreign key (workspace_id, tool_id) references definition on delete cascade);
create index tool_service_check on tool_service (check_at) where check_at is not null;
