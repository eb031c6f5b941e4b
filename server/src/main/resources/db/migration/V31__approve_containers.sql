-- Whether an admin lets the image of a tool run; what a member makes waits for that, unless the settings name its image.
alter table tool_service add column approved boolean not null default false;
