// `npm run bench`: what the request path costs, each row as a ratio to bare Fastify in the same round. See README.md.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepare, runOrExit, say } from '../../scripts/workspace.mjs';
import { LOAD_CORE, measureRow, startServer } from './measure-row.mjs';
import { positiveOption } from './positive-option.mjs';
import { renderTable, renderTargets, summarise } from './report.mjs';
import { rowsFor } from './rows.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const PORT = 21_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '4' },
    rows: { type: 'string', default: '' },
    node: { type: 'string', default: process.execPath },
  },
});
const rounds = positiveOption(values, 'rounds');
const seconds = positiveOption(values, 'seconds');

requireTools();
keepAwake();
await prepare();
if (!existsSync(`${here}node_modules`)) {
  say('installing what is compared with');
  await runOrExit('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], { cwd: here });
}
await bundle();

const sink = fork(`${here}sink.mjs`);
const [{ port: sinkPort }] = await once(sink, 'message');
execFileSync('taskset', ['-cp', LOAD_CORE, String(sink.pid)], { stdio: 'ignore' });
const all = rowsFor(`http://127.0.0.1:${sinkPort}`);
const rows = chosen(all);
const yardstick = await startServer(all[0], { node: values.node, port: PORT + 1 });

const measured = [];
try {
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another row, so that none always has the same one before it.
    const order = [...rows.slice(round % rows.length), ...rows.slice(0, round % rows.length)];
    const figures = {};
    for (const row of order) {
      const before = await received();
      figures[row.name] = await measureRow(row, { node: values.node, port: PORT, seconds, yardstick });
      const { bytes } = await received();
      if (row.traced && bytes === before.bytes) throw new Error(`no spans of ${row.name} have arrived`);
    }
    measured.push(Object.fromEntries(rows.map(({ name }) => [name, figures[name]])));
    say(`round ${round + 1} of ${rounds} is measured`);
  }
} finally {
  await yardstick.stop();
  sink.disconnect();
}

const version = execFileSync(values.node, ['--version'], { encoding: 'utf8' }).trim();
const major = Number(/\d+/.exec(version)[0]);
const summary = summarise(measured);
console.log(`Node.js ${version}, ${rounds} rounds of ${seconds} s, ${cpus()[0].model}\n`);
console.log(renderTable(summary));
console.log(`\n${renderTargets(measured, major)}`);
mkdirSync(`${here}results`, { recursive: true });
const file = `results/node${major}.json`;
const result = {
  date: new Date().toISOString(),
  node: version,
  cpu: cpus()[0].model,
  seconds,
  summary,
  rounds: measured,
};
writeFileSync(here + file, `${JSON.stringify(result, undefined, 2)}\n`);
say(`written to test/bench/${file}`);

function requireTools() {
  const missing = ['wrk', 'taskset'].filter((name) => {
    try {
      execFileSync('which', [name], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length === 0 && availableParallelism() >= 2) return;
  say(
    `the bench needs two processors, wrk and taskset (Debian: apt-get install wrk util-linux); missing: ${missing.join(', ') || 'a second processor'}`,
  );
  process.exit(1);
}

/**
 * Keeps the processors from sleeping for as long as this process runs (Linux, Documentation/power/pm_qos_interface.rst): while the load
 * waits for a slow server its core sleeps, and to wake it is part of the server's next write. Only a server that never lets the load wait
 * would be spared that.
 */
function keepAwake() {
  try {
    writeSync(openSync('/dev/cpu_dma_latency', 'w'), Buffer.alloc(4));
  } catch (error) {
    say(`the processors may sleep, and the ratios are those of a core that has to be woken: ${error.message}`);
  }
}

/** As the README has it: split, so that it is started as a user starts it. */
async function bundle() {
  rmSync(`${here}dist`, { recursive: true, force: true });
  const banner = "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);";
  await runOrExit(
    `${here}node_modules/.bin/esbuild`,
    [
      'servers/porthole-app.mjs',
      '--bundle',
      '--splitting',
      '--format=esm',
      '--platform=node',
      '--target=node20',
      '--outdir=dist',
      '--out-extension:.js=.mjs',
      '--log-level=error',
      `--banner:js=${banner}`,
    ],
    { cwd: here },
  );
}

function chosen(all) {
  const names = values.rows === '' ? all.map(({ name }) => name) : ['bare', ...values.rows.split(',')];
  const unknown = names.filter((name) => !all.some((row) => row.name === name));
  if (unknown.length > 0) {
    say(`--rows: there is no ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`);
    process.exit(64);
  }
  return all.filter(({ name }) => names.includes(name));
}

async function received() {
  sink.send('received');
  const [counts] = await once(sink, 'message');
  return counts;
}
