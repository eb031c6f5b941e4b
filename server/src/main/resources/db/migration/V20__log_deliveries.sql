-- Who may see and re-send a webhook at a job's end, and what came of each attempt.
alter table delivery
  add column user_id text not null default '',          -- whose job it was
  add column since timestamptz not null default now(),  -- when its 24 hours began: made, or re-sent
  add column tries int not null default 0;              -- attempts since then
update delivery d set user_id = r.user_id from run r where r.workspace_id = d.workspace_id and r.id = d.run_id;
update delivery set since = created_at, tries = attempt;
create index delivery_user on delivery (workspace_id, user_id, id desc);
create index delivery_secret on delivery (workspace_id, secret_id) where secret_id is not null;

create table delivery_attempt (
  workspace_id text not null,
  delivery_id text not null,
  number int not null,
  at timestamptz not null,                 -- it began
  duration_ms int not null,
  status int,                              -- what the receiver answered; null: nothing
  error text,                              -- null: it was delivered
  primary key (workspace_id, delivery_id, number),
  foreign key (workspace_id, delivery_id) references delivery on delete cascade);
