// One row, once: the server on one core, the load on the other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SERVER_CORE = '0';
export const LOAD_CORE = '1';

const CONNECTIONS = 64;
/** On one core, V8's compiler shares it with the server: a service with everything on needs five seconds until it is as fast as it gets. */
const WARM_UP_SECONDS = 6;
const START_TIMEOUT_MS = 20_000;
/** `sysconf(_SC_CLK_TCK)`, 100 on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Requests per second, the latencies in milliseconds, CPU microseconds per request, the resident set in MB after the load, and the
 * milliseconds from start to listening. `yardstick` is a server that has been started and runs all the time: it is loaded by turns with
 * the row, a second each, and what it does meanwhile is under `yardstick`.
 */
export async function measureRow(row, { node, port, seconds, yardstick }) {
  const server = await startServer(row, { node, port });
  try {
    const slices = [];
    const yardstickSlices = [];
    for (let i = 0; i < seconds; i++) {
      yardstickSlices.push(await measureSlice(yardstick));
      slices.push(await measureSlice(server));
    }
    return {
      ...join(slices),
      rssMb: residentMb(server.pid),
      listenMs: server.listenMs,
      yardstick: join(yardstickSlices),
    };
  } finally {
    await server.stop();
  }
}

/** One that is left behind would keep its port. */
const running = new Set();
process.on('exit', () => {
  for (const server of running) server.kill('SIGKILL');
});
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'])
  process.once(signal, () => process.exit(128 + constants.signals[signal]));

/** Starts the server of a row and warms it up. */
export async function startServer(row, { node, port }) {
  if (await accepts(port)) throw new Error(`port ${port} is in use already: is another bench running?`);
  // A pipe that somebody reads, as a container's log driver does.
  const reader = spawn('taskset', ['-c', LOAD_CORE, 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const args = [...(row.loads ?? []).flatMap((name) => ['--require', name]), row.program];
  const started = performance.now();
  const server = spawn('taskset', ['-c', SERVER_CORE, node, ...args], {
    cwd: HERE,
    env: { PATH: process.env.PATH, PORT: String(port), PORTHOLE_ADMIN_PORT: 'off', ...row.env },
    stdio: ['ignore', reader.stdin, 'pipe'],
  });
  running.add(server);
  server.once('exit', () => running.delete(server));
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const stop = async () => {
    server.kill('SIGKILL');
    reader.stdin.end();
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  };
  try {
    await listening(port, server, () => said);
    const listenMs = performance.now() - started;
    await load(port, WARM_UP_SECONDS);
    return { pid: server.pid, port, listenMs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function measureSlice({ pid, port }) {
  const before = cpuSeconds(pid);
  const figures = await load(port, 1);
  return { ...figures, cpuUs: ((cpuSeconds(pid) - before) * 1e6) / figures.requests };
}

/** Requests and CPU time are added up; of the latencies the median slice counts. */
function join(slices) {
  const sum = (read) => slices.reduce((total, slice) => total + read(slice), 0);
  const middle = (read) => slices.map(read).toSorted((a, b) => a - b)[slices.length >> 1];
  return {
    requestsPerSecond: sum(({ requestsPerSecond }) => requestsPerSecond) / slices.length,
    cpuUs: sum(({ cpuUs, requests }) => cpuUs * requests) / sum(({ requests }) => requests),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
  };
}

async function listening(port, server, said) {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (server.exitCode !== null || performance.now() > deadline)
      throw new Error(`the server does not listen: ${said()}`);
    await sleep(2);
  }
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function load(port, seconds) {
  // An answer that takes more than wrk's two seconds is slow, and no failure.
  const args = ['-c', LOAD_CORE, 'wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', '--timeout', '10s'];
  const wrk = spawn('taskset', [...args, `http://127.0.0.1:${port}/orders/4711`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  wrk.stdout.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  await once(wrk, 'close');
  const failed = /Socket errors|Non-2xx/.exec(text);
  if (failed !== null) throw new Error(`requests failed: ${text}`);
  return {
    requests: Number(/(\d+) requests in/.exec(text)[1]),
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]),
    p50Ms: latencyOf(text, '50%'),
    p99Ms: latencyOf(text, '99%'),
  };
}

const MS = { us: 0.001, ms: 1, s: 1000 };

function latencyOf(text, percentile) {
  const [, value, unit] = new RegExp(`^\\s+${percentile}\\s+([\\d.]+)(us|ms|s) *$`, 'm').exec(text) ?? [];
  if (value === undefined) throw new Error(`wrk tells no latency: ${text}`);
  return Number(value) * MS[unit];
}

/** User and system time of all threads (proc_pid_stat(5), fields 14 and 15). */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function residentMb(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1000;
}
