-- What tools and agents (later workflows, connectors, snippets) share: versions, visibility, grants, references.
create table definition (
  workspace_id text not null references workspace,
  id text not null,
  kind text not null check (kind in ('tool', 'agent', 'workflow', 'connector', 'snippet')),
  name text not null,                     -- a tool's slug, unique while not deleted; an agent's free name
  owner_id text not null,
  visibility text not null default 'private' check (visibility in ('private', 'org', 'public')),
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (workspace_id, id));
create unique index definition_tool_name on definition (workspace_id, name) where kind = 'tool' and deleted_at is null;
create index definition_list on definition (workspace_id, kind, id desc) where deleted_at is null;
create index definition_public on definition (kind, name) where visibility = 'public' and deleted_at is null;

create table revision (
  workspace_id text not null,
  id text not null,
  number int not null,
  body json not null,
  hash bytea not null,
  author_id text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id, number),
  foreign key (workspace_id, id) references definition on delete cascade);

create table definition_grant (
  workspace_id text not null,
  id text not null,
  user_id text not null,
  granted_by text not null,
  granted_at timestamptz not null default now(),
  primary key (workspace_id, id, user_id),
  foreign key (workspace_id, id) references definition on delete cascade);
create index definition_grant_user on definition_grant (workspace_id, user_id);

create table definition_reference (       -- "in use by": from an agent to its tools
  workspace_id text not null,
  from_id text not null,
  to_id text not null,
  primary key (workspace_id, from_id, to_id),
  foreign key (workspace_id, from_id) references definition on delete cascade);
create index definition_reference_to on definition_reference (workspace_id, to_id);
