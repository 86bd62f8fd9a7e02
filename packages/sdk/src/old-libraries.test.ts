import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

// In the package, so that its programs find the SDK by its name.
const FOLDER = mkdtempSync(fileURLToPath(new URL('../dist/old-', import.meta.url)));
const LOADED = {
  old: { mysql2: '3.19.1', ioredis: '5.10.1', redis: '4.7.1', '@redis/client': '1.6.1', hono: '4.7.11' },
  first: { mysql2: '3.20.0', ioredis: '5.11.0', redis: '5.12.0', '@redis/client': '6.0.0', hono: '4.8.0-rc.1' },
  // A copy of its own that another library has, and names that are similar.
  client: { '@redis/client': '1.6.1' },
  other: { 'bullmq/node_modules/ioredis': '4.31.0', 'my-mysql2': '1.0.0', 'hono-like': '1.0.0' },
};

beforeAll(() => {
  for (const [service, libraries] of Object.entries(LOADED)) {
    for (const [name, version] of Object.entries(libraries)) {
      const folder = join(FOLDER, service, 'node_modules', name);
      mkdirSync(join(folder, 'lib'), { recursive: true });
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ version, main: 'lib/index.js' }));
      writeFileSync(join(folder, 'lib/index.js'), 'require("./more.js");');
      writeFileSync(join(folder, 'lib/more.js'), '');
    }
  }
});
afterAll(() => rmSync(FOLDER, { recursive: true }));

function warningsOf(service: keyof typeof LOADED, load: string): readonly unknown[] {
  const file = join(FOLDER, service, 'program.mjs');
  writeFileSync(
    file,
    `import { startPorthole } from '@porthole/sdk';
     startPorthole();
     ${load}`,
  );
  const env = { PORTHOLE_DIR: FOLDER, PORTHOLE_ADMIN_PORT: 'off', PORTHOLE_CONTROL: 'off' };
  const { stdout } = spawnSync(process.execPath, [file], { env, encoding: 'utf8', timeout: 20_000 });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line)).flatMap(({ level, message }) => (level === 'warn' ? [message] : []));
}

const importsOf = (service: keyof typeof LOADED): string =>
  Object.keys(LOADED[service])
    .map((name) => `await import('./node_modules/${name}/lib/index.js');`)
    .join('\n');

test('each copy that is too old is named once, with the version that would do', () => {
  const folder = join(FOLDER, 'old/node_modules');
  // Longer than the first look, so that there is one before the end too.
  const warnings = warningsOf('old', `${importsOf('old')} setTimeout(() => {}, 1300);`);
  expect(warnings).toEqual([
    `mysql2 3.19.1 in ${folder}/mysql2: Porthole sees its statements from version 3.20 on`,
    `ioredis 5.10.1 in ${folder}/ioredis: Porthole sees its commands from version 5.11 on`,
    `redis 4.7.1 in ${folder}/redis: Porthole sees its commands from version 5.12 on`,
    `hono 4.7.11 in ${folder}/hono: Porthole sees its routes from version 4.8 on`,
  ]);
});

test('the client of redis is named if it is used without redis', () => {
  expect(warningsOf('client', importsOf('client'))).toEqual([expect.stringMatching(/^@redis\/client 1\.6\.1 in /)]);
});

test('the first versions that are seen, and those after, are not named', () => {
  expect(warningsOf('first', importsOf('first'))).toEqual([]);
});

test('a copy that is loaded below another library is named, and similar names are not', () => {
  expect(warningsOf('other', importsOf('other'))).toEqual([expect.stringMatching(/^ioredis 4\.31\.0 in .*bullmq/)]);
});

test('a copy that is installed and not loaded is not named', () => {
  expect(warningsOf('old', '')).toEqual([]);
});
