// The tools as LangChain gives them to a model.
import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { endpoint, headers } from './report.mjs';

const [, , , token] = process.argv;

const client = new MultiServerMCPClient({
  mcpServers: {
    toolwright: { transport: 'http', url: endpoint.href, headers: headers(token).requestInit.headers },
  },
});
const tools = await client.getTools();
const words = tools.find((tool) => tool.name === 'word_count');
const called = await words.invoke({ text: 'to be or not' });
const refused = await words.invoke({ text: [1] }).then(
  () => null,
  (error) => error.message,
);
console.log(JSON.stringify({ tools: tools.map((tool) => tool.name), called, refused }));
await client.close();
