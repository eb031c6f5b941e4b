-- Where the requests of a workspace may go, as its admins say; it only narrows what the server allows.
create table workspace_egress (
  workspace_id text primary key references workspace,
  listed boolean not null,                -- whether nothing but what `allow` lists is reached
  allow text[] not null,
  deny text[] not null,
  changed_at timestamptz not null default now());
