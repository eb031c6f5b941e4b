// What both clients are asked to do. Prints one JSON object; the test judges it.
const [, , address, token] = process.argv;

export const endpoint = new URL(`${address}/mcp`);

/** The headers that a user would configure. */
export function headers(bearer) {
  return { requestInit: { headers: { Authorization: `Bearer ${bearer}` } } };
}

/** What was thrown, in words. */
async function refusal(attempt) {
  try {
    await attempt();
    return null;
  } catch (error) {
    return { name: error.constructor.name, code: error.code ?? null, message: String(error.message) };
  }
}

/** @param connect gives a connected client for a token */
export async function report(connect) {
  const client = await connect(token);
  const { tools } = await client.listTools();
  const result = {
    node: process.versions.node,
    server: client.getServerVersion() ?? null,
    revision: client.getNegotiatedProtocolVersion?.() ?? null,
    tools: tools.map(({ name, inputSchema, annotations }) => ({ name, inputSchema, annotations })),
    called: await client.callTool({ name: 'word_count', arguments: { text: 'to be or not' } }),
    badArgument: await client.callTool({ name: 'word_count', arguments: { text: ['no'] } }),
    unknownTool: await refusal(() => client.callTool({ name: 'no_such_tool', arguments: {} })),
    wrongToken: await refusal(() => connect('tw_' + '0'.repeat(64))),
  };
  await client.close();
  console.log(JSON.stringify(result));
}
