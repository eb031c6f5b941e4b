package dev.toolwright;

import dev.toolwright.account.Members;
import dev.toolwright.account.Tokens;
import dev.toolwright.account.WorkspaceEgress;
import dev.toolwright.agent.AgentLibrary;
import dev.toolwright.agent.AgentSharing;
import dev.toolwright.agent.CustomAgents;
import dev.toolwright.api.agents.AgentRoutes;
import dev.toolwright.api.agents.AgentShareRoutes;
import dev.toolwright.api.agents.CustomAgentRoutes;
import dev.toolwright.api.agents.JobRoutes;
import dev.toolwright.api.agents.McpServerRoutes;
import dev.toolwright.api.agents.ToolRoutes;
import dev.toolwright.api.agents.WorkflowRoutes;
import dev.toolwright.api.callback.ApprovalPages;
import dev.toolwright.api.callback.CallbackRoutes;
import dev.toolwright.api.callback.ConsentRoutes;
import dev.toolwright.api.callback.HookMessageRoutes;
import dev.toolwright.api.catalog.AuthRoutes;
import dev.toolwright.api.catalog.CatalogAgentRoutes;
import dev.toolwright.api.catalog.CatalogRoutes;
import dev.toolwright.api.customtools.BatchRoutes;
import dev.toolwright.api.customtools.ConnectorRoutes;
import dev.toolwright.api.customtools.CredentialRoutes;
import dev.toolwright.api.customtools.CustomToolRoutes;
import dev.toolwright.api.customtools.ImportRoutes;
import dev.toolwright.api.customtools.SnippetRoutes;
import dev.toolwright.api.enterprise.ApiTokenRoutes;
import dev.toolwright.api.enterprise.ApprovalRoutes;
import dev.toolwright.api.enterprise.ArtifactRoutes;
import dev.toolwright.api.enterprise.ConnectionRoutes;
import dev.toolwright.api.enterprise.CreditRoutes;
import dev.toolwright.api.enterprise.DeliveryRoutes;
import dev.toolwright.api.enterprise.EgressRoutes;
import dev.toolwright.api.enterprise.HookRoutes;
import dev.toolwright.api.enterprise.OrchestrationRoutes;
import dev.toolwright.api.enterprise.PromptRoutes;
import dev.toolwright.api.enterprise.ResourceRoutes;
import dev.toolwright.api.enterprise.ScheduleRoutes;
import dev.toolwright.api.enterprise.UserRoutes;
import dev.toolwright.api.enterprise.UserToolRoutes;
import dev.toolwright.api.enterprise.WorkspaceRoutes;
import dev.toolwright.api.mcp.Hub;
import dev.toolwright.api.mcp.HubMethods;
import dev.toolwright.api.mcp.McpRoutes;
import dev.toolwright.api.mcp.Methods;
import dev.toolwright.api.system.TokenRoutes;
import dev.toolwright.api.web.Route;
import dev.toolwright.catalog.Catalog;
import dev.toolwright.catalog.Health;
import dev.toolwright.connection.Checkup;
import dev.toolwright.connection.OAuthDiscovery;
import dev.toolwright.connection.StoredCredentials;
import dev.toolwright.delivery.DeliveryLog;
import dev.toolwright.egress.Egress;
import dev.toolwright.importer.ToolNames;
import dev.toolwright.importer.mcp.McpServers;
import dev.toolwright.importer.mcp.McpWatch;
import dev.toolwright.importer.openapi.Documents;
import dev.toolwright.importer.openapi.OpenApiImports;
import dev.toolwright.importer.openapi.Reimports;
import dev.toolwright.material.Materials;
import dev.toolwright.mcp.Changes;
import dev.toolwright.mcp.SignedState;
import dev.toolwright.tool.CallHistory;
import dev.toolwright.tool.ImportedTools;
import dev.toolwright.tool.ToolGrants;
import dev.toolwright.tool.ToolVersions;
import dev.toolwright.tool.Tools;
import dev.toolwright.usage.Budgets;
import dev.toolwright.workflow.Batches;
import dev.toolwright.workflow.WorkflowJobs;
import java.util.ArrayList;
import java.util.List;

/// Every route of the server but those that describe it.
final class RouteTable {
  private final Shared shared;
  private final ToolParts tooling;
  private final WorkParts work;
  private final Egress egress;
  private final OAuthDiscovery oauth;
  private final List<Route> routes = new ArrayList<>();

  RouteTable(Shared shared, ToolParts tooling, WorkParts work, Egress egress) {
    this.shared = shared;
    this.tooling = tooling;
    this.work = work;
    this.egress = egress;
    this.oauth = new OAuthDiscovery(egress, shared.address());
  }

  /// @param reach where the requests of workspaces may go
  List<Route> routes(WorkspaceEgress reach) {
    routes.addAll(new TokenRoutes(shared.accounts()).routes());
    addAgents();
    addWorkflows();
    addPeopleAndTimes();
    addCustomTools();
    addConnections();
    addAdministration(reach);
    addMcp();
    addCatalog();
    routes.addAll(new CallbackRoutes(tooling.callbacks()).routes());
    routes.addAll(new ArtifactRoutes(tooling.artifacts(), shared.address()).routes());
    routes.addAll(new DeliveryRoutes(new DeliveryLog(shared.database())).routes());
    return List.copyOf(routes);
  }

  private void addAgents() {
    var agents = work.agents();
    var tools = tooling.tools();
    routes.addAll(new AgentRoutes(agents).routes());
    routes.addAll(
        new CustomAgentRoutes(
                new CustomAgents(
                    shared.database(),
                    shared.definitions(),
                    agents,
                    tools,
                    shared.credits(),
                    new AgentLibrary()))
            .routes());
    routes.addAll(
        new AgentShareRoutes(
                new AgentSharing(
                    shared.database(), shared.definitions(), shared.accounts(), agents, tools))
            .routes());
    routes.addAll(new ToolRoutes(tools, work.toolRuns()).routes());
  }

  private void addWorkflows() {
    var jobs = new WorkflowJobs(shared.database(), work.runs());
    routes.addAll(
        new JobRoutes(work.runs(), work.agentRuns(), work.workflowRuns(), jobs, shared.clock())
            .routes());
    routes.addAll(new WorkflowRoutes(work.workflows(), work.workflowRuns()).routes());
    routes.addAll(
        new OrchestrationRoutes(work.workflows(), work.workflowRuns(), jobs, shared.clock())
            .routes());
  }

  private void addPeopleAndTimes() {
    routes.addAll(new ApprovalRoutes(work.approvals()).routes());
    routes.addAll(new ApprovalPages(work.approvals()).routes());
    routes.addAll(new ScheduleRoutes(work.schedules()).routes());
    routes.addAll(new HookRoutes(work.hooks()).routes());
    routes.addAll(new HookMessageRoutes(work.hooks()).routes());
  }

  private void addCustomTools() {
    var database = shared.database();
    var connections = tooling.connections();
    var endpoints = tooling.endpoints();
    routes.addAll(new ConnectorRoutes(connections, endpoints, tooling.calls()).routes());
    routes.addAll(new SnippetRoutes(tooling.snippets(), tooling.calls()).routes());
    routes.addAll(
        new CredentialRoutes(
                new StoredCredentials(database, shared.vault(), shared.audit(), tooling.logins()))
            .routes());
    routes.addAll(
        new CustomToolRoutes(
                tooling.tools(),
                work.toolRuns(),
                new CallHistory(database),
                new ToolVersions(database, shared.definitions(), shared.credits(), tooling.tools()))
            .routes());
    routes.addAll(
        new BatchRoutes(
                tooling.tools(), new Batches(work.workflowRuns(), work.runs()), work.workflowRuns())
            .routes());
    var documents = new Documents(egress, shared.schemas());
    var tools = new ImportedTools(shared.definitions());
    var servers =
        new McpServers(
            database,
            shared.definitions(),
            connections,
            tooling.tools(),
            tools,
            shared.schemas(),
            tooling.mcp(),
            shared.audit());
    var members = new Members(database, shared.accounts());
    shared.keep(new McpWatch(database, members, connections, servers, tooling.mcp()));
    routes.addAll(new McpServerRoutes(servers, oauth).routes());
    routes.addAll(
        new ImportRoutes(
                new OpenApiImports(
                    database, documents, connections, endpoints, tooling.tools(), tools),
                new Reimports(
                    database,
                    documents,
                    connections,
                    endpoints,
                    tooling.tools(),
                    tools,
                    shared.audit()))
            .routes());
  }

  private void addConnections() {
    routes.addAll(
        new ConnectionRoutes(
                tooling.connections(),
                new Checkup(
                    shared.database(),
                    tooling.connections(),
                    tooling.logins(),
                    egress,
                    shared.clock()),
                tooling.consents(),
                shared.clock())
            .routes());
    routes.addAll(new ConsentRoutes(tooling.consents(), oauth).routes());
  }

  private void addMcp() {
    var methods =
        new Methods(
            new Methods.Parts(
                tooling.tools(),
                work.agents(),
                work.toolRuns(),
                work.approvals(),
                work.materials(),
                tooling.artifacts(),
                work.mcpSessions(),
                new SignedState(shared.database(), shared.vault(), shared.clock()),
                new Changes(shared.notices(), List.of(Tools.CHANGED, Materials.CHANGED)),
                shared.schemas(),
                Main.version(),
                shared.address()));
    var hub =
        new Hub(
            tooling.tools(),
            new ToolNames(shared.database(), new ImportedTools(shared.definitions())),
            work.agents(),
            tooling.connections(),
            work.toolRuns());
    routes.addAll(
        new McpRoutes(
                methods,
                new HubMethods(hub, shared.schemas(), Main.version()),
                work.mcpSessions(),
                shared.settings().corsOrigins()::contains,
                shared.address())
            .routes());
    routes.addAll(new PromptRoutes(work.materials()).routes());
    routes.addAll(new ResourceRoutes(work.materials()).routes());
  }

  private void addCatalog() {
    var catalog =
        new Catalog(
            shared.database(),
            tooling.connections(),
            tooling.tools(),
            new ImportedTools(shared.definitions()),
            tooling.deployments(),
            shared.vault(),
            shared.audit(),
            shared.clock());
    var health =
        shared.keep(
            new Health(
                shared.database(),
                tooling.connections(),
                egress,
                tooling.mcp(),
                tooling.places(),
                shared.audit(),
                shared.clock()));
    routes.addAll(
        new CatalogRoutes(
                catalog,
                health,
                tooling.deployments(),
                tooling.tools(),
                work.toolRuns(),
                shared.schemas())
            .routes());
    routes.addAll(new CatalogAgentRoutes(work.agents(), catalog).routes());
    routes.addAll(new AuthRoutes(shared.accounts(), shared.clock(), shared.address()).routes());
  }

  private void addAdministration(WorkspaceEgress reach) {
    var database = shared.database();
    var notices = shared.notices();
    var users = shared.users();
    routes.addAll(new UserRoutes(users).routes());
    routes.addAll(new WorkspaceRoutes(shared.workspaces()).routes());
    routes.addAll(new EgressRoutes(reach).routes());
    routes.addAll(
        new ApiTokenRoutes(new Tokens(database, shared.accounts(), users), shared.clock())
            .routes());
    routes.addAll(
        new UserToolRoutes(
                new ToolGrants(database, notices, shared.definitions(), users, shared.audit()))
            .routes());
    routes.addAll(
        new CreditRoutes(
                new Budgets(
                    database,
                    notices,
                    users,
                    shared.workspaces(),
                    shared.credits(),
                    shared.audit()))
            .routes());
  }
}
