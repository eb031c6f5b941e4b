package dev.toolwright;

import dev.toolwright.account.Members;
import dev.toolwright.agent.AgentProgram;
import dev.toolwright.agent.AgentRuns;
import dev.toolwright.agent.Agents;
import dev.toolwright.approval.Approvals;
import dev.toolwright.material.Materials;
import dev.toolwright.mcp.Sessions;
import dev.toolwright.model.Models;
import dev.toolwright.run.Program;
import dev.toolwright.run.Runs;
import dev.toolwright.schedule.Hooks;
import dev.toolwright.schedule.Schedules;
import dev.toolwright.schedule.Starts;
import dev.toolwright.schedule.Timetable;
import dev.toolwright.tool.CallSteps;
import dev.toolwright.tool.ToolProgram;
import dev.toolwright.tool.ToolRuns;
import dev.toolwright.workflow.NestedRunner;
import dev.toolwright.workflow.WorkflowProgram;
import dev.toolwright.workflow.WorkflowRuns;
import dev.toolwright.workflow.Workflows;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/// Agents and workflows, and the runs in which they and tools work.
record WorkParts(
    Runs runs,
    Agents agents,
    AgentRuns agentRuns,
    Workflows workflows,
    WorkflowRuns workflowRuns,
    ToolRuns toolRuns,
    Approvals approvals,
    Schedules schedules,
    Timetable timetable,
    Hooks hooks,
    Materials materials,
    Sessions mcpSessions,
    List<Program> programs) {
  static WorkParts open(
      Shared shared,
      ToolParts tooling,
      RunParts running,
      Models models,
      AtomicReference<NestedRunner.Parts> nested) {
    var database = shared.database();
    var tools = tooling.tools();
    var credits = shared.credits();
    var vault = shared.vault();
    var clock = shared.clock();
    var runs = running.runs();
    var agents = new Agents(database, shared.definitions(), tools, credits);
    var agentRuns = shared.keep(new AgentRuns(database, agents, tools, credits, vault, runs));
    var workflows = new Workflows(database, shared.definitions(), tools, agents, credits);
    var workflowRuns = shared.keep(new WorkflowRuns(database, workflows, vault, runs));
    var members = new Members(database, shared.accounts());
    var approvals = new Approvals(database, vault, shared.audit(), runs, shared.address());
    var callSteps = new CallSteps(tooling.calls(), approvals);
    var steps =
        new WorkflowProgram.Parts(
            tools, callSteps, approvals, running.children(), agentRuns, workflowRuns, clock);
    nested.set(
        new NestedRunner.Parts(agents, agentRuns, workflows, workflowRuns, running.children()));
    var starts = new Starts(agents, agentRuns, workflows, workflowRuns);
    return new WorkParts(
        runs,
        agents,
        agentRuns,
        workflows,
        workflowRuns,
        new ToolRuns(database, tooling.calls(), credits, runs),
        approvals,
        new Schedules(database, starts),
        shared.keep(new Timetable(database, members, starts)),
        new Hooks(database, members, starts, vault, shared.address(), clock),
        new Materials(database, shared.notices(), shared.definitions()),
        new Sessions(database, shared.notices()),
        List.of(
            new WorkflowProgram(members, steps),
            new AgentProgram(database, members, tools, tooling.calls(), callSteps, models),
            new ToolProgram(members, tools, callSteps)));
  }
}
