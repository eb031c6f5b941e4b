-- The runs of a workflow: for lists, and to estimate how long one will take.
create index run_data_workflow on run_data (workspace_id, (pinned ->> 'workflow_id'), run_id)
  where (pinned ->> 'workflow_id') is not null;
create index run_workflows on run (workspace_id, id) where kind = 'workflow';
