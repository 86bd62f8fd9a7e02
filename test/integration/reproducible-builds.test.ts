/**
 * Two builds of the same sources give the same bytes: the one that stands in the workspace, and one in another folder,
 * with another umask, time zone and locale. So anybody can verify a published tarball, and a build that does not belong
 * to its sources shows.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../architecture/workspace.js';
import { run } from '../harness/process.js';

const STATIC = 'packages/healthcheck/static';
const STATIC_PROGRAMS = ['linux-amd64', 'linux-arm64'].map((platform) => join(STATIC, platform, 'healthcheck'));
/** npm packs them if they are there. */
const hasStatic = STATIC_PROGRAMS.every((program) => existsSync(join(ROOT, program)));

/** What a build makes, and what is installed. */
const MADE = /^(node_modules|dist|dist-modules|\.turbo|probe\.js|linux-(amd64|arm64))$/;

let copy: string;

// All packages with their declarations: 143 s of CPU, which is 75 s on two idle cores.
beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'porthole-build-'));
  for (const part of [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsup.library.ts',
    'turbo.json',
    'packages',
    'scripts',
  ]) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true, filter: (path) => !MADE.test(basename(path)) });
  }
  linkInstalled(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  await build('node node_modules/turbo/bin/turbo run build --force --concurrency=2 --output-logs=errors-only');
  if (hasStatic) await build('node scripts/build-static.mjs');
}, 900_000);

afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('the build in the workspace is what its sources give, byte by byte', () => {
  const [here, there] = [filesMadeIn(ROOT), filesMadeIn(copy)];
  expect([...here.keys()], 'a file is missing or left over: npm run build').toEqual([...there.keys()]);
  const different = [...here.keys()].filter((file) => !here.get(file)?.equals(there.get(file) as Buffer));
  expect(different, 'not what the sources give: npm run build').toEqual([]);
});

test.skipIf(!hasStatic && process.env.PORTHOLE_REQUIRE_STATIC !== '1').each(STATIC_PROGRAMS)('so is %s', (program) => {
  const [here, there] = [ROOT, copy].map((folder) => readFileSync(join(folder, program)));
  expect(here?.equals(there as Buffer), 'not what the sources give: npm run build:static').toBe(true);
});

test('npm packs both into the same tarballs', async () => {
  const tarballs = await packedIn(ROOT);
  expect(tarballs.size).toBe(readdirSync(join(ROOT, 'packages')).length);
  expect(await packedIn(copy)).toEqual(tarballs);
}, 120_000);

/** What is installed in the workspace, but for the packages of the workspace, which are those of the copy. */
function linkInstalled(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name === '@porthole') cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else if (name === 'porthole') symlinkSync('../packages/cli', join(to, name));
    else symlinkSync(join(from, name), join(to, name));
  }
}

async function build(command: string): Promise<void> {
  const env = { NODE_ENV: undefined, TURBO_TELEMETRY_DISABLED: '1', TZ: 'Asia/Kathmandu', LC_ALL: 'C' };
  const { code, stdout, stderr } = await run('sh', ['-c', `umask 002 && ${command}`], { cwd: copy, env });
  if (code !== 0) throw new Error(`${command} exited ${code}: ${stdout}${stderr}`);
}

/** What the builds in a workspace have made, by path. */
function filesMadeIn(workspace: string): ReadonlyMap<string, Buffer> {
  const folders = readdirSync(join(workspace, 'packages')).map((name) => join(workspace, 'packages', name, 'dist'));
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return new Map(
    [...files, join(workspace, 'packages/healthcheck/probe.js')].map((file) => [
      relative(workspace, file),
      readFileSync(file),
    ]),
  );
}

/** The checksums of the tarballs, by name. */
async function packedIn(workspace: string): Promise<ReadonlyMap<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-packed-'));
  try {
    const directories = readdirSync(join(workspace, 'packages')).map((name) => join(workspace, 'packages', name));
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...directories];
    const { code, stdout, stderr } = await run('npm', args, { cwd: workspace });
    if (code !== 0) throw new Error(`npm pack exited ${code}: ${stderr}`);
    const packed = JSON.parse(stdout) as readonly { readonly filename: string; readonly integrity: string }[];
    return new Map(packed.map(({ filename, integrity }) => [filename, integrity]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
