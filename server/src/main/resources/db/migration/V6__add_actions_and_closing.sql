-- What a movement of credits was for, such as agent_create; null where no price list names it.
alter table credit_entry add column action text;

-- A closed workspace keeps its data; nobody of it may call.
alter table workspace add column closed_at timestamptz;
