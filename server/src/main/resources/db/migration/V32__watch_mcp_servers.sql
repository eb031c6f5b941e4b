-- Servers of others whose tools were taken over: which node listens for changes, and what they describe otherwise than it was accepted.
create table mcp_server (
  workspace_id text not null,
  connection_id text not null,
  holder text,
  held_until timestamptz not null default now(),
  changed json not null default '[]',    -- of {name, fields}
  gone json not null default '[]',       -- names of tools
  seen_at timestamptz not null default now(),
  primary key (workspace_id, connection_id),
  foreign key (workspace_id, connection_id) references definition on delete cascade);
