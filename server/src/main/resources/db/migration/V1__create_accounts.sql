-- Who may call. Every key begins with workspace_id, so that tables can be distributed by it; only workspace and node stand alone.
create table workspace (
  id text primary key,
  name text not null unique,
  created_at timestamptz not null default now());

create table account (
  workspace_id text not null references workspace,
  id text not null,
  username text not null,
  password_hash text,                     -- argon2id; null: signs in with tokens only
  role text not null check (role in ('viewer', 'member', 'admin')),
  scope int not null default 1 check (scope between 0 and 2),
  groups text[] not null default '{}',    -- endpoint groups granted to scope 2
  active boolean not null default true,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id));
-- A user signs in with a name alone, so names are unique on the server.
create unique index account_username on account (lower(username));

create table api_token (
  workspace_id text not null,
  id text not null,
  user_id text not null,
  name text not null default '',
  hash bytea not null,                    -- SHA-256 of the token: 256 random bits need no slow hash
  created_at timestamptz not null default now(),
  expires_at timestamptz,                 -- null: never
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references account on delete cascade);
create unique index api_token_hash on api_token (hash);
create index api_token_user on api_token (workspace_id, user_id, created_at);

create table audit (                      -- append-only; a chore seals it in order (later issue)
  workspace_id text not null,
  id text not null,
  at timestamptz not null default now(),
  user_id text,
  event text not null,
  subject text,
  data jsonb not null default '{}',
  primary key (workspace_id, id));

create table secret (                     -- ciphertext of one value; associated data binds it to its workspace and id
  workspace_id text not null,
  id text not null,
  version int not null,
  key_id text not null,
  nonce bytea not null,
  ciphertext bytea not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id, version));
