package dev.toolwright.egress;

/// What the admins of each workspace say about its requests. Asked before each request; what it
/// throws ends the request before anything is looked up.
@FunctionalInterface
public interface WorkspaceRules {
  EgressRules of(String workspaceId);
}
