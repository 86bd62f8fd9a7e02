import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/**
 * A service with an instrumentation of OpenTelemetry's own, which makes its spans through the API; it calls another by
 * fetch.
 */
const PROGRAM = `
  import { createServer, get } from 'node:http';
  import { registerInstrumentations } from '@opentelemetry/instrumentation';
  import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
  import { startPorthole } from '@porthole/sdk';

  startPorthole({ service: 'orders' });
  const spans = [];
  registerInstrumentations({
    instrumentations: [new UndiciInstrumentation({ requestHook: (span) => spans.push(span.spanContext()) })],
  });
  const upstream = createServer((request, response) => {
    response.end(JSON.stringify(request.rawHeaders.filter((_, i, all) => i % 2 === 1 && all[i - 1].toLowerCase() === 'traceparent')));
  }).listen(0, '127.0.0.1');
  const server = createServer(async (request, response) => {
    const received = await (await fetch('http://127.0.0.1:' + upstream.address().port + '/upstream')).json();
    response.end(JSON.stringify(received));
  }).listen(0, '127.0.0.1', () => {
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    get({ port: server.address().port, host: '127.0.0.1', headers }, async (response) => {
      const received = JSON.parse((await response.toArray()).join(''));
      process.send({ received, spans });
      process.disconnect();
      server.close();
      upstream.close();
    });
  });
`;

test("spans of an instrumentation that knows only the OpenTelemetry API are in the request's trace, and one context goes out", async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: PACKAGE,
    env: { PORTHOLE_ADMIN_PORT: 'off', PORTHOLE_CONTROL: 'off' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ received, spans }] = await once(child, 'message');
  await once(child, 'close');
  expect(received).toHaveLength(1);
  expect(received[0]).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
  expect(spans).toMatchObject([{ traceId: '0af7651916cd43dd8448eb211c80319c', traceFlags: 1 }]);
});
