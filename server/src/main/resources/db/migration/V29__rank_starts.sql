-- How urgent is what schedules and hooks start, among the runs of the workspace.
alter table schedule add column priority text not null default 'normal'
  check (priority in ('low', 'normal', 'high'));
alter table hook add column priority text not null default 'normal'
  check (priority in ('low', 'normal', 'high'));
