package dev.toolwright;

import dev.toolwright.artifact.Artifacts;
import dev.toolwright.builtin.BuiltinRunner;
import dev.toolwright.builtin.ReadArtifact;
import dev.toolwright.builtin.calculator.Calculator;
import dev.toolwright.builtin.system.SystemTools;
import dev.toolwright.catalog.Deployments;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.Consents;
import dev.toolwright.connection.Credentials;
import dev.toolwright.connection.Endpoints;
import dev.toolwright.connection.Logins;
import dev.toolwright.connection.mcp.McpClient;
import dev.toolwright.connection.mcp.Places;
import dev.toolwright.egress.Egress;
import dev.toolwright.limit.RateLimits;
import dev.toolwright.run.Callbacks;
import dev.toolwright.runner.function.FunctionRunner;
import dev.toolwright.runner.function.SnippetRunner;
import dev.toolwright.runner.http.EndpointRunner;
import dev.toolwright.runner.http.HttpRunner;
import dev.toolwright.runner.mcp.McpRunner;
import dev.toolwright.runner.webhook.WebhookRunner;
import dev.toolwright.sandbox.JavaScript;
import dev.toolwright.sandbox.Sandbox;
import dev.toolwright.tool.CallLog;
import dev.toolwright.tool.Snippets;
import dev.toolwright.tool.ToolCalls;
import dev.toolwright.tool.Tools;
import dev.toolwright.tool.WebhookSecrets;
import dev.toolwright.workflow.NestedRunner;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Tools, what they are made of, and the one path of their calls.
record ToolParts(
    Logins logins,
    Connections connections,
    Endpoints endpoints,
    RateLimits limits,
    Consents consents,
    Snippets snippets,
    Artifacts artifacts,
    Tools tools,
    McpClient mcp,
    Places places,
    Deployments deployments,
    CallLog callLog,
    Callbacks callbacks,
    ToolCalls calls) {
  /// @param nested finds what is made after tools are
  static ToolParts open(
      Shared shared,
      RunParts running,
      Egress egress,
      Sandbox sandbox,
      JavaScript javaScript,
      Supplier<NestedRunner.Parts> nested) {
    var database = shared.database();
    var notices = shared.notices();
    var definitions = shared.definitions();
    var vault = shared.vault();
    var schemas = shared.schemas();
    var logins = new Logins(database, notices, vault, egress);
    var connections =
        new Connections(database, notices, definitions, vault, shared.audit(), logins);
    var endpoints = new Endpoints(database, notices, definitions, connections, schemas);
    var limits = new RateLimits(database);
    var consents =
        new Consents(
            database,
            shared.accounts(),
            definitions,
            vault,
            shared.audit(),
            logins,
            shared.address());
    var places = new Places();
    var deployments =
        shared.keep(
            new Deployments(
                database,
                vault,
                places,
                shared.audit(),
                shared.clock(),
                new Deployments.Options(
                    shared.settings().containerEngine(),
                    shared.settings().containerImages(),
                    shared.settings().containerEgress())));
    var mcp = new McpClient(egress, logins, places, Main.version());
    var http = new HttpRunner(egress, logins, connections, limits, shared.clock());
    var credentials = new Credentials(vault);
    var functions = new FunctionRunner(sandbox, javaScript, egress, credentials, database);
    var snippets = new Snippets(database, notices, definitions, schemas, functions);
    var artifacts =
        new Artifacts(
            database,
            vault,
            shared.audit(),
            shared.settings().artifactThresholdKib() << 10,
            shared.settings().retentionDaysArtifacts());
    var tools =
        new Tools(
            database,
            notices,
            definitions,
            shared.accounts(),
            shared.credits(),
            credentials,
            schemas,
            List.of(
                functions,
                new SnippetRunner(snippets, functions),
                http,
                new EndpointRunner(endpoints, schemas, http),
                new WebhookRunner(
                    egress, database, new WebhookSecrets(credentials), shared.clock()),
                new NestedRunner(nested),
                new McpRunner(mcp, connections),
                new BuiltinRunner(
                    Stream.concat(
                            Stream.of(new Calculator(), new ReadArtifact(artifacts)),
                            SystemTools.all(nested).stream())
                        .toList())));
    var callLog = shared.keep(new CallLog(database));
    var callbacks = new Callbacks(database, notices, vault, shared.address());
    var calls =
        new ToolCalls(
            database,
            notices,
            tools,
            schemas,
            shared.credits(),
            artifacts,
            callLog,
            callbacks,
            running.children(),
            vault);
    return new ToolParts(
        logins,
        connections,
        endpoints,
        limits,
        consents,
        snippets,
        artifacts,
        tools,
        mcp,
        places,
        deployments,
        callLog,
        callbacks,
        calls);
  }
}
