/** The family beside any version of `@opentelemetry/sdk-node`: it installs, and the README's `nodeSdk` runs on it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PackedPackages, packPackages } from '../harness/packed-packages.js';
import { run } from '../harness/process.js';

const PROGRAM = `
  import { createServer } from 'node:http';
  import { once } from 'node:events';
  import { trace } from '@opentelemetry/api';
  import { NodeSDK } from '@opentelemetry/sdk-node';
  import { startPorthole } from '@porthole/sdk';
  const spans = [];
  const exporter = {
    export: (batch, done) => { spans.push(...batch); done({ code: 0 }); },
    shutdown: async () => {},
    forceFlush: async () => {},
  };
  startPorthole({
    service: 'orders',
    adminPort: 'off',
    control: false,
    logLevel: 'warn',
    nodeSdk: (defaults) => new NodeSDK({ ...defaults, traceExporter: exporter }),
  });
  const server = createServer((request, response) => {
    trace.getTracer('app').startSpan('child').end();
    response.end('ok');
  }).listen(0);
  await once(server, 'listening');
  await (await fetch('http://127.0.0.1:' + server.address().port)).text();
  server.close();
  process.on('exit', () => {
    const ids = new Set(spans.map((span) => span.spanContext().traceId));
    const service = spans[0]?.resource.attributes['service.name'];
    console.log(JSON.stringify({ service, kinds: spans.map(({ kind }) => kind).sort(), traces: ids.size }));
  });
  process.kill(process.pid, 'SIGTERM');
`;

let folder: string;
let packages: PackedPackages;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-node-sdk-'));
  packages = await packPackages(join(folder, 'packed'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// The oldest and the newest that are supported, and the one of the workspace.
test.each(['0.57.2', '0.223.0', '0.301.0'])(
  'sdk-node %s installs and takes the spans',
  { timeout: 300_000 },
  async (version) => {
    const application = join(folder, version);
    await packages.install(application, {
      packed: ['@porthole/sdk'],
      registry: { '@opentelemetry/sdk-node': version },
    });
    writeFileSync(join(application, 'app.mjs'), PROGRAM);
    const { code, stdout, stderr } = await run(process.execPath, ['app.mjs'], { cwd: application });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual(['{"service":"orders","kinds":[0,1,2],"traces":1}']);
  },
);
