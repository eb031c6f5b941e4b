// The bridge by which desktop hosts, which speak stdio, reach servers over HTTP.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { endpoint, report } from './report.mjs';

await report(async (bearer) => {
  const client = new Client({ name: 'desktop-host', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['node_modules/.bin/mcp-remote', endpoint.href, '--allow-http', '--header', 'Authorization:${AUTH}'],
      env: { ...process.env, AUTH: `Bearer ${bearer}` },
      stderr: 'ignore',
    }),
  );
  return client;
});
