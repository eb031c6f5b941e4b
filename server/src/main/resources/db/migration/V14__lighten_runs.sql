-- Whether a run is running is asked by its node: one index less to keep at every claim and end.
drop index run_busy;
