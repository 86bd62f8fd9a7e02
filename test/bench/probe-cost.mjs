// `npm run bench:probe`: what one health check costs, as a ratio to `node empty.js` in the same round. See README.md.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'tsup';
import { prepare, root, say } from '../../scripts/workspace.mjs';
import { positiveOption } from './positive-option.mjs';

const ADMIN_PORT = 21_100;
const TICKS_PER_SECOND = 100;
/** The kernel counts in ticks of 10 ms: so many runs make their share of one small. */
const RUNS = 20;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, node: { type: 'string', default: process.execPath } },
});
const rounds = positiveOption(values, 'rounds');

if (spawnSync('/usr/bin/time', ['--version']).error !== undefined) {
  say('the bench needs GNU time (Debian: apt-get install time)');
  process.exit(1);
}
await prepare();

// As in an image: all of it below one short path, and no setting of Porthole's beside the probe. In `app` everything is an ES module.
const folder = mkdtempSync(join(tmpdir(), 'p'));
const app = join(folder, 'app/app.js');
cpSync(join(root, 'examples/fastify-service/dist'), join(folder, 'app'), { recursive: true });
writeFileSync(join(folder, 'app/package.json'), '{ "type": "module" }');
// tsup splits CommonJS too, where nothing is awaited at the top level.
await build({
  entry: { app: fileURLToPath(new URL('servers/porthole-app.mjs', import.meta.url)) },
  config: false,
  outDir: join(folder, 'commonjs'),
  format: 'cjs',
  outExtension: () => ({ js: '.js' }),
  platform: 'node',
  target: 'node20',
  splitting: true,
  noExternal: [/.*/],
  silent: true,
});
cpSync(join(root, 'packages/healthcheck/probe.js'), join(folder, 'probe.js'));
for (const path of ['empty.js', 'app/empty.js']) writeFileSync(join(folder, path), '');
const env = { PATH: process.env.PATH, TMPDIR: folder };
const serviceEnv = { ...env, PORTHOLE_ADMIN_PORT: String(ADMIN_PORT), PORT: '0' };
const staticProbe = join(root, 'packages/healthcheck/static/linux-amd64/healthcheck');
const ask = `fetch('http://127.0.0.1:${ADMIN_PORT}/readyz').then(({ ok }) => process.exit(ok ? 0 : 1))`;

/** What is compared: the floor, then the ways to probe. */
const ROWS = [
  ['node empty.js', [values.node, join(folder, 'empty.js')]],
  ['node empty.js, a module', [values.node, join(folder, 'app/empty.js')]],
  ['node app.js healthcheck, modules', [values.node, app, 'healthcheck']],
  ['node app.js healthcheck, CommonJS', [values.node, join(folder, 'commonjs/app.js'), 'healthcheck']],
  ['node probe.js', [values.node, join(folder, 'probe.js')]],
  ['node -e "fetch(…)"', [values.node, '-e', ask]],
  ...(existsSync(staticProbe) ? [['static healthcheck', [staticProbe]]] : []),
];

const service = spawn(values.node, [app], { env: serviceEnv, stdio: 'ignore' });
try {
  await answered();
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    measured.push(measureRound());
    say(`round ${round + 1} of ${rounds} is measured`);
  }
  const version = execFileSync(values.node, ['--version'], { encoding: 'utf8' }).trim();
  const summary = ROWS.map(([name]) => ({
    name,
    cpu: median(measured.map((round) => round[name].cpuMs / round[ROWS[0][0]].cpuMs)),
    rss: median(measured.map((round) => round[name].rssMb / round[ROWS[0][0]].rssMb)),
    cpuMs: median(measured.map((round) => round[name].cpuMs)),
    rssMb: median(measured.map((round) => round[name].rssMb)),
  }));
  console.log(`Node.js ${version}, ${rounds} rounds of ${RUNS} runs\n\n${table(summary)}`);
  mkdirSync(new URL('results/', import.meta.url), { recursive: true });
  const file = `results/probe-node${/\d+/.exec(version)[0]}.json`;
  const result = { date: new Date().toISOString(), node: version, summary, rounds: measured };
  writeFileSync(new URL(file, import.meta.url), `${JSON.stringify(result, undefined, 2)}\n`);
  say(`written to test/bench/${file}`);
} finally {
  service.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

async function answered() {
  for (let i = 0; i < 200; i++) {
    if (spawnSync(values.node, [app, 'healthcheck'], { env }).status === 0) return;
    await sleep(50);
  }
  throw new Error('the service does not become ready');
}

/** Of each row the milliseconds of processor time of one run, and the largest resident set, in MB; the rows take turns, run by run. */
function measureRound() {
  const ticks = Object.fromEntries(ROWS.map(([name]) => [name, 0]));
  for (let i = 0; i < RUNS; i++) {
    for (const [name, [program, ...args]] of ROWS) {
      const before = childrenTicks();
      const { status, stderr } = spawnSync(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
      if (status !== 0) throw new Error(`${program} ${args.join(' ')} exited ${status}: ${stderr}`);
      ticks[name] += childrenTicks() - before;
    }
  }
  return Object.fromEntries(
    ROWS.map(([name, command]) => [
      name,
      { cpuMs: (ticks[name] * 1000) / TICKS_PER_SECOND / RUNS, rssMb: rssOf(command) },
    ]),
  );
}

function rssOf(command) {
  const { stderr } = spawnSync('/usr/bin/time', ['-f', '%M', ...command], { env, encoding: 'utf8' });
  return Number(stderr.trim().split('\n').at(-1)) / 1024;
}

/** User and system time of the children that have ended (proc_pid_stat(5), fields 16 and 17). */
function childrenTicks() {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[13]) + Number(fields[14]);
}

function median(figures) {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1];
}

function table(summary) {
  const lines = [['', 'CPU of empty', 'RSS of empty', 'CPU ms', 'RSS MB']];
  for (const { name, cpu, rss, cpuMs, rssMb } of summary) {
    lines.push([name, cpu.toFixed(2), rss.toFixed(2), cpuMs.toFixed(1), rssMb.toFixed(1)]);
  }
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
    .join('\n');
}
