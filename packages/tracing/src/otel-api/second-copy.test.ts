import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { secondCopyWarning } from './second-copy.js';

let application: string;

beforeEach(() => {
  application = realpathSync(mkdtempSync(join(tmpdir(), 'application-')));
  trace.setGlobalTracerProvider(trace.getTracerProvider());
});
afterEach(() => {
  trace.disable();
  rmSync(application, { recursive: true });
});

function installApi(version: string): void {
  const folder = join(application, 'node_modules/@opentelemetry/api');
  mkdirSync(join(folder, 'build/src'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ version, main: 'build/src/index.js' }));
  writeFileSync(join(folder, 'build/src/index.js'), '');
}

const warning = (): string => secondCopyWarning(join(application, 'server.js'));

test('a newer copy in the application is told of, with where it is and both versions', () => {
  installApi('1.999.0');
  expect(warning()).toMatch(
    /^spans that are made through \S+ are lost: it is version 1\.999\.0, .* version 1\.\d+\.\d+ /,
  );
  expect(warning()).toContain(join(application, 'node_modules/@opentelemetry/api'));
});

test.each(['1.4.1', '1.9.0'])('one of %s takes what Porthole registers', (version) => {
  installApi(version);
  expect(warning()).toBe('');
});

test('one of another version that came first keeps everything out, which is told of', () => {
  const key = Symbol.for('opentelemetry.js.api.1');
  const globals = globalThis as { [key]?: unknown };
  const own = globals[key];
  globals[key] = { version: '1.2.3', diag: {} };
  expect(warning()).toMatch(/ are lost: a copy of version 1\.2\.3 came first, and Porthole has another; /);
  globals[key] = own;
});

test('nothing is said where there is none, or one that cannot be read', () => {
  expect(warning()).toBe('');
  installApi('1.999.0');
  writeFileSync(join(application, 'node_modules/@opentelemetry/api/package.json'), '{"main":"build/src/index.js"');
  expect(warning()).toBe('');
});
