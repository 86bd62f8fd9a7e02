/** `npm run demo`, as somebody sees it who has just cloned the repository and has the build. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../architecture/workspace.js';
import { eventually, run } from '../harness/process.js';

const DEMO = join(ROOT, 'scripts/demo.mjs');

/** Starts the demo in a process group of its own, as a terminal does, which is what Ctrl-C reaches. */
function startDemo(...args: string[]) {
  const child = spawn(process.execPath, [DEMO, ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    printed.stdout += text;
  });
  child.stderr.on('data', (text) => {
    printed.stderr += text;
  });
  const interrupt = (): void => void process.kill(-(child.pid as number), 'SIGINT');
  return { printed, interrupt, ended: once(child, 'close') };
}

describe('the demo', () => {
  test('says where to look, serves requests of every kind, and ends cleanly at Ctrl-C', async () => {
    const { printed, interrupt, ended } = startDemo();
    try {
      await eventually('the routes of the example', () => {
        const routes = ['/orders/:id/shipping', '/reports/daily', '/orders/:id/refund', '/carriers/quote'];
        return routes.every((route) => printed.stdout.includes(`"http.route":"${route}"`)) || undefined;
      });
    } finally {
      interrupt();
    }
    expect(await ended).toEqual([0, null]);
    for (const part of ['/metrics', '/readyz', 'healthcheck', 'status', 'log-level', 'Ctrl-C']) {
      expect(printed.stderr).toContain(part);
    }
    expect(printed.stdout).toContain('received SIGINT');
  });

  test('sends nothing with --no-traffic', async () => {
    const { printed, interrupt, ended } = startDemo('--no-traffic');
    await eventually('the place to look', () => printed.stderr.includes('Ctrl-C ends it') || undefined);
    // Longer than two requests of the trickle take.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    interrupt();
    expect(await ended).toEqual([0, null]);
    expect(printed.stdout).not.toContain('http.request.method');
  });

  test('refuses an option that it does not have, in one line', async () => {
    const outcome = await run(process.execPath, [DEMO, '--no-trafic']);
    expect(outcome).toMatchObject({ code: 64, stdout: '' });
    expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
