import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { endpoint, headers, report } from './report.mjs';

await report(async (bearer) => {
  const client = new Client({ name: 'sdk-v1', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(endpoint, headers(bearer));
  await client.connect(transport);
  client.getNegotiatedProtocolVersion ??= () => transport.protocolVersion;
  return client;
});
