-- An agent's runs, newest first: how long its jobs usually take.
create index run_data_agent on run_data (workspace_id, (pinned ->> 'agent_id'), run_id desc);
