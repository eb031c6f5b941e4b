package dev.toolwright.sandbox;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One execution of tool code.
///
/// @param workspaceId whose call this is: one workspace holds at most half the places
/// @param userId whose of that workspace: a user holds at most half of what the workspace does
/// @param code Python source, at most 100 000 bytes of UTF-8
/// @param functionName the function to call; null means the only one at top level
/// @param parameters what the caller gave
/// @param context what the platform adds
/// @param outlet what the code may ask for while it runs; null: nothing
/// @param memoryMb MiB that it may use; null, or more than the sandbox gives: what that gives
/// @param timeout for waiting and executing together; capped at one hour
public record PythonCall(
    String workspaceId,
    String userId,
    String code,
    @Nullable String functionName,
    JsonNode parameters,
    JsonNode context,
    @Nullable Outlet outlet,
    @Nullable Integer memoryMb,
    Duration timeout) {}
