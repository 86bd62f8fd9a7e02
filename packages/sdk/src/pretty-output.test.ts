import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = `import('@porthole/sdk').then(({ startPorthole }) => startPorthole({ adminPort: 'off', control: false }).logger.info({ a: 1 }, 'hello'))`;
const COLOURED = '\u001b[32mINFO\u001b[0m hello \u001b[2ma=1\u001b[0m';
const PLAIN = ' INFO hello a=1';
const HAS_SCRIPT = spawnSync('script', ['--version']).status === 0;

function outputOf(program: string, args: readonly string[], env: Readonly<Record<string, string>>): string {
  const { PATH = '' } = process.env;
  const options = { cwd: PACKAGE, env: { PATH, TERM: 'xterm', ...env }, encoding: 'utf8', timeout: 20_000 } as const;
  return spawnSync(program, args, options).stdout;
}

describe.skipIf(!HAS_SCRIPT)('on a terminal', () => {
  const onTerminal = (env: Readonly<Record<string, string>>): string =>
    outputOf('script', ['-qec', `'${process.execPath}' -e "${PROGRAM}"`, '/dev/null'], env);

  test('lines are for people, and coloured', () => {
    expect(onTerminal({})).toContain(COLOURED);
  });

  test.each([{ NO_COLOR: '1' }, { NODE_DISABLE_COLORS: '1' }, { TERM: 'dumb' }, { FORCE_COLOR: '0' }])(
    'they are not coloured with %o',
    (env) => {
      const output = onTerminal(env);
      expect(output).toContain(PLAIN);
      expect(output).not.toContain('\u001b');
    },
  );
});

describe('on a pipe', () => {
  const onPipe = (env: Readonly<Record<string, string>>): string => outputOf(process.execPath, ['-e', PROGRAM], env);

  test('lines for people are coloured only if FORCE_COLOR asks for it', () => {
    expect(onPipe({ PORTHOLE_LOG_FORMAT: 'pretty' })).toContain(PLAIN);
    expect(onPipe({ PORTHOLE_LOG_FORMAT: 'pretty', FORCE_COLOR: '1' })).toContain(COLOURED);
  });

  test('FORCE_COLOR changes nothing of JSON', () => {
    expect(JSON.parse(onPipe({ FORCE_COLOR: '1' }).split('\n')[0] as string)).toMatchObject({ message: 'hello', a: 1 });
  });
});
