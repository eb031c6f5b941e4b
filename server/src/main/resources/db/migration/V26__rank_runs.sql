-- Which of a workspace's ready runs goes first: 1 low, 2 normal, 3 high.
alter table run add column priority smallint not null default 2 check (priority between 1 and 3);

drop index run_ready;
create index run_ready on run (turn, priority desc) where state = 'ready';
create index run_ready_by_priority on run (workspace_id, priority, turn) where state = 'ready';
