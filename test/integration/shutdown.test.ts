/** How the example ends. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually, start } from '../harness/process.js';
import { requestInFlight } from '../harness/request-in-flight.js';
import { APP, type Service, startExample } from '../harness/service.js';

let service: Service | undefined;

afterEach(async () => {
  await service?.dispose();
  service = undefined;
});

describe('SIGTERM', () => {
  test('lets the request in flight finish, ends connections that ask nothing, and exits 0', async () => {
    service = await startExample();
    const silent = connect(Number(new URL(service.url).port), '127.0.0.1');
    await once(silent, 'connect');
    const slow = await requestInFlight(`${service.url}/reports/daily`);

    const outcome = await service.stop();

    expect(await slow.status).toBe(200);
    expect(outcome).toMatchObject({ code: 0, signal: null });
    expect(
      service
        .lines()
        .some((line) => line['http.route'] === '/reports/daily' && line['http.response.status_code'] === 200),
    ).toBe(true);
  });

  test('gives requests the time that the export of telemetry would need, where there is none', async () => {
    // 630 ms for a request of 400 ms; with an export to wait for it would be 360 ms.
    service = await startExample({ PORTHOLE_SHUTDOWN_DEADLINE: '900ms' });
    const slow = await requestInFlight(`${service.url}/reports/daily`);
    expect(await service.stop()).toMatchObject({ code: 0 });
    expect(await slow.status).toBe(200);
  });

  test('turns readiness to 503 and keeps liveness at 200 during its delay', async () => {
    service = await startExample({ PORTHOLE_SHUTDOWN_DELAY: '1500ms' });
    service.child.kill('SIGTERM');
    await service.linesLike((line) => line.message === 'shutting down');
    expect((await fetch(`${service.adminUrl}/readyz`)).status).toBe(503);
    expect((await fetch(`${service.adminUrl}/livez`)).status).toBe(200);
    expect((await fetch(`${service.adminUrl}/startupz`)).status).toBe(200);
    expect((await fetch(`${service.url}/orders`)).status).toBe(200);
    expect(await service.outcome).toMatchObject({ code: 0 });
  });

  test.runIf(process.platform === 'linux')('is not lost while the service is still importing', async () => {
    const program = start(process.execPath, [APP], {
      env: { PORTHOLE_ADMIN_PORT: 'off', PORT: '0', PORTHOLE_CONTROL: 'off' },
    });
    await eventually("the first statement of the app's entry file", () => catchesSighup(program.pid) || undefined);
    program.child.kill('SIGTERM');
    expect(await program.outcome).toMatchObject({ code: 0, signal: null });
  });
});

/**
 * Whether the process handles SIGHUP, which run() takes last; SIGTERM is handled by Node itself before, and ends it.
 */
function catchesSighup(pid: number): boolean {
  const [, caught = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return ((BigInt(`0x${caught}`) >> BigInt(constants.signals.SIGHUP - 1)) & 1n) === 1n;
}

describe('SIGUSR1', () => {
  test('does not open the inspector', async () => {
    service = await startExample();
    service.child.kill('SIGUSR1');
    expect((await fetch(`${service.url}/orders`)).status).toBe(200);
    expect(service.stderr()).not.toContain('Debugger listening');
  });
});
