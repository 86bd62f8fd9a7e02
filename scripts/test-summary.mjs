// The last lines of `npm test`: each command with its outcome and time, and what was left out and why. A failure ends the run, with the summary of
// what ran until then.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root, run, say } from './workspace.mjs';

export function createTestSummary() {
  const began = performance.now();
  const steps = [];
  const leftOut = [];

  /** Runs a program. If it fails, prints the summary and ends this process with its exit code. */
  async function runOrExit(program, args) {
    const command = [program, ...args].join(' ');
    const beganStep = performance.now();
    const { code, tests } = await runReported(program, args);
    steps.push({ command, passed: code === 0, ms: performance.now() - beganStep, tests: tests?.passed });
    leftOut.push(...(tests?.leftOut ?? []));
    if (code === 0) return;
    print();
    process.exit(code);
  }

  function print() {
    const lines = renderTestSummary({ steps, leftOut, ms: performance.now() - began });
    for (const line of lines) say(line);
  }

  return { runOrExit, leaveOut: (what, why) => leftOut.push({ what, why }), print };
}

/** The summary as lines. */
export function renderTestSummary({ steps, leftOut, ms }) {
  const failed = steps.some(({ passed }) => !passed);
  return [
    `summary: ${failed ? 'FAILED' : 'passed'} after ${duration(ms)}`,
    ...steps.map(({ command, passed, ms, tests }) => {
      const count = tests === undefined ? '' : `, ${tests} tests`;
      return `  ${passed ? 'passed' : 'FAILED'}    ${command} (${duration(ms)}${count})`;
    }),
    ...leftOut.map(({ what, why }) => `  left out  ${what}: ${why}`),
    ...(leftOut.length === 0 && !failed ? ['  nothing was left out'] : []),
  ];
}

/** The tests that a report of vitest counts, and by file those that were left out. Their names say what they need. */
export function readReport({ numPassedTests, testResults }) {
  const leftOut = testResults.flatMap(({ name, assertionResults }) => {
    const skipped = assertionResults.filter(({ status }) => status === 'pending' || status === 'skipped');
    if (skipped.length === 0) return [];
    const ran = new Set(assertionResults.filter((one) => !skipped.includes(one)).map(groupOf));
    const names = skipped.map((one) => (ran.has(groupOf(one)) ? one.title : groupOf(one)));
    const what = `${skipped.length} ${skipped.length === 1 ? 'test' : 'tests'} of ${relative(root, name)}`;
    return [{ what, why: [...new Set(names)].join('; ') }];
  });
  return { passed: numPassedTests, leftOut };
}

/** The outermost group of a test, or the test itself. */
function groupOf({ ancestorTitles, title }) {
  return ancestorTitles[0] || title;
}

/** Runs a program, and reads the report of it if it is vitest. */
async function runReported(program, args) {
  if (!args.some((arg) => /(^|\/)vitest(\.mjs)?$/.test(arg))) return { code: await run(program, args) };
  const folder = mkdtempSync(join(tmpdir(), 'porthole-report-'));
  try {
    const file = join(folder, 'report.json');
    const code = await run(program, [...args, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]);
    return { code, tests: reportIn(file) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A run that did not get as far as its tests has no report. */
function reportIn(file) {
  try {
    return readReport(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

function duration(ms) {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
