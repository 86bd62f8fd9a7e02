import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

test('a second call returns the instance that runs, keeps its options, and says so in one line', () => {
  const program = `
    import { porthole, startPorthole } from '@porthole/sdk';
    const first = startPorthole({ service: 'first' });
    const second = startPorthole({ service: 'second', logLevel: 'fatal' });
    first.logger.info(String(first === second && second === porthole()));
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: PACKAGE,
    encoding: 'utf8',
    env: { PORTHOLE_ADMIN_PORT: 'off', PORTHOLE_CONTROL: 'off' },
    timeout: 15_000,
  });

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ message }) => message)).toEqual([
    expect.stringContaining('startPorthole was called a second time'),
    'true',
    'nothing is left to do: the process ends',
  ]);
  expect(new Set(lines.map((line) => line['service.name']))).toEqual(new Set(['first']));
});
