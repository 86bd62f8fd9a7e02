// `npm run demo`: the example service with telemetry on its embedded defaults, and a trickle of requests for it to show.
// `npm run demo -- --no-traffic` leaves out the requests.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare, root, say } from './workspace.mjs';

const { traffic } = readOptions();
await prepare(['fastify-service...']);

const app = join(root, 'examples/fastify-service/dist/app.js');
const port = await freePort(3000);
const adminPort = await freePort(9464);
const service = spawn(process.execPath, [app], {
  stdio: 'inherit',
  env: { ...process.env, PORT: String(port), PORTHOLE_ADMIN_PORT: String(adminPort) },
});
const ended = new Promise((resolve) => service.once('exit', (code, signal) => resolve(code ?? `signal ${signal}`)));

// Ctrl-C reaches the service by itself, since it is in the same process group; a signal to this program alone is passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => service.kill('SIGTERM'));

if (await isReady()) {
  showWhereToLook();
  if (traffic) sendRequests();
}
const code = await ended;
say(`the service has ended (${code})`);
process.exit(code === 0 ? 0 : 1);

function readOptions() {
  try {
    const { values } = parseArgs({ options: { 'no-traffic': { type: 'boolean', default: false } } });
    return { traffic: !values['no-traffic'] };
  } catch (error) {
    say(`${error.message.split('.')[0]}; the demo takes --no-traffic and nothing else`);
    process.exit(64);
  }
}

function freePort(preferred) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(freePort(0)));
    server.listen(preferred, '0.0.0.0', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function isReady() {
  let over = false;
  ended.then(() => (over = true));
  for (let attempt = 0; attempt < 100 && !over; attempt++) {
    const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
    if (response?.ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

function showWhereToLook() {
  const command = `node examples/fastify-service/dist/app.js`;
  const environment = adminPort === 9464 ? '' : `PORTHOLE_ADMIN_PORT=${adminPort} `;
  process.stderr.write(`
  The orders service is running, with one log line per request below.

    Orders API    http://127.0.0.1:${port}/orders
    Metrics       http://127.0.0.1:${adminPort}/metrics
    Health        http://127.0.0.1:${adminPort}/livez  /readyz  /startupz   (add ?verbose)

  In a second terminal:

    ${environment}${command} healthcheck --verbose
    ${command} status
    ${command} health
    ${command} log-level debug
    ${command} help

  Ctrl-C ends it.

`);
}

/** About two requests a second; what comes back is for the service's own telemetry to tell. */
function sendRequests() {
  const base = `http://127.0.0.1:${port}`;
  const json = { 'content-type': 'application/json' };
  const requests = [
    () => fetch(`${base}/orders`, { method: 'POST', headers: json, body: '{"item":"lamp","quantity":2}' }),
    () => fetch(`${base}/orders`),
    () => fetch(`${base}/orders/1`),
    () => fetch(`${base}/orders/1/shipping`),
    () => fetch(`${base}/reports/daily`),
    () => fetch(`${base}/orders/999`),
    () => fetch(`${base}/orders/1/refund`, { method: 'POST' }),
    () => fetch(`${base}/no-such-page`),
  ];
  let turn = 0;
  const timer = setInterval(() => {
    const request = requests[turn++ % requests.length];
    request()
      .then((response) => response.arrayBuffer())
      .catch(() => {});
  }, 500);
  ended.then(() => clearInterval(timer));
}
