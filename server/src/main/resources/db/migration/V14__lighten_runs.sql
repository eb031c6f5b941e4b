-- Whether a run is running is asked by its node: one index less to keep at every claim and end.
drop index run_busy;

-- A step was locked to its run anew each time one was stored. Runs are deleted in one place, which deletes their steps.
alter table run_step drop constraint run_step_workspace_id_run_id_fkey;
