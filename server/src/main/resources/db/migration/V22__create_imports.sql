-- What connections were made of: the document as it was last accepted, and each of its operations. A changed document
-- changes nothing until somebody accepts it.
create table import_document (
  workspace_id text not null,
  connection_id text not null,
  url text,                               -- where it is fetched again; null: it was sent
  base_url text,                          -- chosen instead of the document's servers
  response_schemas boolean not null,
  hash bytea not null,
  title text not null,
  version text not null,
  connection json not null,               -- base URL and auth, as the document had them
  imported_by text not null,
  imported_at timestamptz not null default now(),
  primary key (workspace_id, connection_id),
  foreign key (workspace_id, connection_id) references definition on delete cascade);

create table import_operation (
  workspace_id text not null,
  connection_id text not null,
  operation text not null,                -- method and path
  hash bytea not null,
  definition json,                        -- as it was accepted; null: it was not picked
  endpoint_id text,
  tool_id text,
  primary key (workspace_id, connection_id, operation),
  foreign key (workspace_id, connection_id) references import_document on delete cascade);
