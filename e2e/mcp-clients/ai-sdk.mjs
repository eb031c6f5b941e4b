// The tools as Vercel's AI SDK gives them to a model.
import { createMCPClient } from '@ai-sdk/mcp';
import { endpoint, headers } from './report.mjs';

const [, , , token] = process.argv;

const client = await createMCPClient({
  transport: { type: 'http', url: endpoint.href, headers: headers(token).requestInit.headers },
});
const tools = await client.tools();
const called = await tools.word_count.execute(
  { text: 'to be or not' },
  { toolCallId: 'call-1', messages: [] },
);
console.log(JSON.stringify({ tools: Object.keys(tools), called }));
await client.close();
