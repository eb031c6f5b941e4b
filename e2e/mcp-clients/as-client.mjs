// Has a Toolwright act as an MCP client: adds the server at the given address, agrees where it asks for
// consent, makes tools of what it offers and calls each. Usage: as-client.mjs <address of the server>
const base = process.env.TOOLWRIGHT_URL;
const url = process.argv.at(-1);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? "";
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");

async function ask(method, path, body) {
  const answer = await fetch(base + path, {
    method,
    headers: { "X-Token": process.env.TOOLWRIGHT_TOKEN, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  console.log(method, path, answer.status, text.slice(0, 500));
  if (answer.status >= 400) throw new Error(`${path}: ${answer.status}`);
  return JSON.parse(text);
}

function auth() {
  if (!scenario.startsWith("auth/")) return {};
  const said = { type: "oauth2_authorization_code" };
  if (context.client_id) said.client_id = context.client_id;
  if (context.client_secret) said.client_secret = context.client_secret;
  return { auth: said };
}

// What a person does in a browser.
async function agree(id) {
  const { authorize_url: link } = await ask("POST", `/api/connections/${id}/authorize`, {});
  const page = await (await fetch(link)).text();
  const target = /href="([^"]+)"/.exec(page)[1].replaceAll("&amp;", "&");
  const back = (await fetch(target, { redirect: "manual" })).headers.get("location");
  const answer = await fetch(back);
  console.log("callback", answer.status);
  if (answer.status !== 200) throw new Error("The consent was not taken");
}

function example(schema) {
  switch (schema?.type) {
    case "number":
    case "integer":
      return 3;
    case "boolean":
      return true;
    case "array":
      return [];
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, one]) => [name, example(one)]),
      );
    default:
      return "text";
  }
}

const name = `remote_${scenario.replace(/[^a-zA-Z0-9]/g, "_")}_${process.pid}`;
const made = await ask("POST", "/agents/mcp-servers", { name, url, ...auth() });
if (auth().auth) await agree(made.server_id);
const found = await ask("POST", `/agents/mcp-servers/${made.server_id}/discover`, {});
const schemas = {};
for (const one of [...(found.tools ?? []), ...(found.added ?? [])]) {
  const tool = typeof one === "string" ? one : one.name;
  const shown = await ask("GET", `/agents/tools/${tool}`);
  const schema = (schemas[tool] = shown.parameters_schema ?? shown.tool?.parameters_schema);
  // One tool wants to be shown what was kept of another's schema.
  const kept = schema?.properties?.schema && Object.entries(schemas).find(([name]) => name.endsWith("json_schema_2020_12_tool"));
  const call = (context.toolCalls ?? []).find((wanted) => tool.endsWith(wanted.name));
  await ask("POST", `/agents/tools/${tool}/test`, {
    parameters: call?.arguments ?? (kept && { schema: kept[1] }) ?? example(schema ?? { type: "object" }),
  }).catch((fault) => console.log(String(fault)));
}
