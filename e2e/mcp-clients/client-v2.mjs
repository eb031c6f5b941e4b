import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { endpoint, headers, report } from './report.mjs';

const mode = process.argv[4] ?? 'auto';

await report(async (bearer) => {
  const client = new Client(
    { name: 'client-v2', version: '1.0.0' },
    { versionNegotiation: { mode } },
  );
  await client.connect(new StreamableHTTPClientTransport(endpoint, headers(bearer)));
  return client;
});
