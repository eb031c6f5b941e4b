-- A step that has acted and waits for an answer from outside, such as the callback of a webhook tool.
alter table run_step drop constraint run_step_state_check;
alter table run_step add constraint run_step_state_check check (state in ('intent', 'waiting', 'done', 'failed', 'unknown'));

alter table run_wait
  add column opened_at timestamptz not null default now(),
  add column token_hash bytea;              -- of the one-time address that answers it
create unique index run_wait_token on run_wait (workspace_id, token_hash) where token_hash is not null;
