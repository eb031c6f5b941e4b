-- Runs that a step of another run started, such as the agents of a workflow.
alter table run
  add column parent_id text,
  add column parent_key text,             -- the step of the parent that waits for it
  add column depth int not null default 0;
create index run_child on run (workspace_id, parent_id) where parent_id is not null and state in ('ready', 'running', 'waiting');

alter table run_wait drop constraint run_wait_reason_check;
alter table run_wait add constraint run_wait_reason_check check (
  reason in ('timer', 'event', 'approval', 'callback', 'child', 'limit', 'budget', 'outcome unknown', 'no progress'));
