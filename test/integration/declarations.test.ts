/**
 * What a compiler sees of the family: every entry, by old and new TypeScript, and its logger beside any pino and in
 * Fastify.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPackages } from '../architecture/workspace.js';
import { packPackages } from '../harness/packed-packages.js';
import { run } from '../harness/process.js';

const published = readPackages().filter(({ manifest }) => manifest.private !== true);
const entries = published.flatMap(({ manifest }) =>
  Object.keys(manifest.exports ?? {})
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => manifest.name + entry.slice(1)),
);

function importing(names: readonly string[]): string {
  const imports = names.map((name, index) => `import * as entry${index} from '${name}';`);
  return [...imports, `export const all: unknown[] = [${names.map((_, index) => `entry${index}`)}];`].join('\n');
}

const LOGGERS = `
  import { pino as pino90 } from 'pino-9.0';
  import { pino as pino914 } from 'pino-9.14';
  import { pino as pino10 } from 'pino-10';
  import { fastify, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
  import { type Logger, porthole } from '@porthole/sdk';

  const { logger } = porthole();
  export const loggers: Logger[] = [pino90(), pino914(), pino10(), pino10({ customLevels: { notice: 35 } })];
  export const base: FastifyBaseLogger = logger;

  function addRoutes(app: FastifyInstance): void {
    app.get('/', async (request) => request.log.info({ id: request.id }, 'asked'));
  }
  const app = fastify({ loggerInstance: logger });
  addRoutes(app);
  app.register(async (scope) => addRoutes(scope));
  export function build(): FastifyInstance {
    return fastify({ loggerInstance: logger, trustProxy: true });
  }

  logger.info('%s of %d', 'one', 2);
  logger.error(new Error('x'));
  logger.warn({ err: 'x' }, 'failed %s', 'twice');
  logger.level = 'debug';
  if (logger.isLevelEnabled('debug')) logger.debug(logger.bindings());
  logger.child({ a: 1 }, { redact: ['a'], serializers: { a: (value: number) => value + 1 } }).trace('x');
  logger.child({}, { customLevels: { notice: 35 } }).notice('x');
  // @ts-expect-error a message is a text
  logger.info({}, 1);
  // @ts-expect-error no such level
  logger.notice('x');
`;

const UNDEFINED_OPTIONS = `
  import { probe } from '@porthole/healthcheck';
  import { porthole, recordPrisma } from '@porthole/sdk';
  import { certificateCheck, diskCheck, eventLoopCheck, heapCheck, httpCheck } from '@porthole/sdk/checks';
  import { run } from '@porthole/sdk/run';

  export function start(text: string | undefined, number: number | undefined, flag: boolean | undefined): void {
    run({ service: 'orders', version: text, adminPort: number, control: flag, commands: undefined, main: async () => {} });
    const options = {
      timeoutMs: number, cacheMs: number, critical: flag, failureThreshold: number, successThreshold: number,
      groups: undefined, everyMs: number,
    };
    const { health, withRecord } = porthole();
    health.readiness('certificate', certificateCheck({ host: 'localhost', port: number, minDays: number }), options);
    health.readiness('disk', diskCheck({ path: '/', minFreeBytes: number }), options);
    health.liveness('loop', eventLoopCheck({ maxDelayMs: number, maxUtilization: number }), options);
    health.readiness('http', httpCheck({ url: 'http://localhost', statuses: undefined, headers: undefined }), options);
    health.liveness('memory', heapCheck({ maxRatio: number }), options);
    recordPrisma({ system: 'postgresql', namespace: text, serverAddress: text, serverPort: number });
    withRecord({ name: 'job', kind: undefined, carrier: undefined, attributes: undefined, links: undefined }, () => {});
    void probe({ probe: undefined, env: undefined });
  }
`;

const COMPLETED = `
  import { porthole, startPorthole } from '@porthole/sdk';
  porthole().withRecord({ name: 'job' }, (record) => record.);
  startPorthole({ service: 'orders', describeRequest: (record) => record. });
`;

const STRICT = [
  '--noEmit',
  '--strict',
  '--exactOptionalPropertyTypes',
  '--noUncheckedIndexedAccess',
  '--types',
  'node',
];
const ES2022 = ['--target', 'es2022', '--lib', 'es2022', '--skipLibCheck', 'false'];
const NODE_NEXT = ['--module', 'nodenext'];

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-declarations-'));
  const packages = await packPackages(join(folder, 'packed'));
  await packages.install(join(folder, 'app'), {
    packed: published.map(({ manifest }) => manifest.name),
    registry: {
      '@types/node': '20.19.25',
      fastify: '5.12.8',
      'pino-9.0': 'npm:pino@9.0.0',
      'pino-9.14': 'npm:pino@9.14.0',
      'pino-10': 'npm:pino@10.4.0',
      'typescript-5.0': 'npm:typescript@5.0.4',
      'typescript-5.9': 'npm:typescript@5.9.3',
      'typescript-6': 'npm:typescript@6.0.3',
    },
  });
  // The types of Fastify 5 itself are for TypeScript 5.4 and later.
  const withoutFastify = importing(entries.filter((entry) => entry !== '@porthole/fastify'));
  const files = {
    'every.mts': importing(entries),
    'every.cts': importing(entries),
    'every.ts': importing(entries),
    'most.mts': withoutFastify,
    'most.cts': withoutFastify,
    'most.ts': withoutFastify,
    'loggers.mts': LOGGERS,
    'options.mts': UNDEFINED_OPTIONS,
    'completed.mts': COMPLETED,
  };
  for (const [file, source] of Object.entries(files)) writeFileSync(join(folder, 'app', file), source);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function expectCompiles(typescript: string, ...args: readonly string[]): Promise<void> {
  const compiler = `node_modules/typescript-${typescript}/lib/tsc.js`;
  const { code, stdout } = await run(process.execPath, [compiler, ...STRICT, ...args], { cwd: join(folder, 'app') });
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
}

describe.each([
  ['5.0', 'most'],
  ['5.9', 'every'],
  ['6', 'every'],
])('TypeScript %s, without DOM and with libraries checked', (typescript, program) => {
  test('compiles imports of every entry from ES modules and CommonJS', { timeout: 240_000 }, async () => {
    expect(entries.length).toBeGreaterThan(20);
    await expectCompiles(typescript, ...ES2022, ...NODE_NEXT, `${program}.mts`, `${program}.cts`);
  });

  test('compiles imports of every entry that a bundler resolves', { timeout: 240_000 }, async () => {
    await expectCompiles(typescript, ...ES2022, '--module', 'esnext', '--moduleResolution', 'bundler', `${program}.ts`);
  });
});

test('every option may be undefined under exactOptionalPropertyTypes', { timeout: 240_000 }, async () => {
  await expectCompiles('5.9', ...ES2022, ...NODE_NEXT, 'options.mts');
});

test('the resolution of older TypeScript finds every entry', { timeout: 240_000 }, async () => {
  await expectCompiles('5.9', ...ES2022, '--module', 'commonjs', '--moduleResolution', 'node10', 'most.ts');
});

test.each(['5.9', '6'])(
  'TypeScript %s takes loggers of pino 9.0 to 10 for one, and an application of Fastify with it for a plain one',
  { timeout: 240_000 },
  async (typescript) => {
    // pino 9.0 is not made for exact optional properties.
    await expectCompiles(typescript, '--target', 'es2022', '--skipLibCheck', ...NODE_NEXT, 'loggers.mts');
  },
);

/** What an editor offers after each `record.` of `COMPLETED`. */
function completions(): readonly (readonly string[])[] {
  const file = join(folder, 'app', 'completed.mts');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    types: ['node'],
  };
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getCurrentDirectory: () => join(folder, 'app'),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      const text = ts.sys.readFile(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  const ends = [...COMPLETED.matchAll(/record\./g)].map(({ index }) => index + 'record.'.length);
  return ends.map((end) => service.getCompletionsAtPosition(file, end, {})?.entries.map(({ name }) => name) ?? []);
}

test('completion of a record offers what is for the application, and nothing else', { timeout: 240_000 }, () => {
  const members = [
    ...['aborted', 'attributes', 'clientAddress', 'durationMs', 'error', 'errorType', 'fail', 'kind', 'method', 'name'],
    ...['noteError', 'path', 'protocolVersion', 'responseBodyBytes', 'route', 'sampled', 'scheme', 'serverAddress'],
    ...['serverPort', 'setAttribute', 'status', 'userAgent'],
  ];
  expect(completions()).toEqual([members, members]);
});
