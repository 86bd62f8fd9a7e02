import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { controlDirectoryName, controlFolders, findControlSockets } from './control-directory.js';
import { createControlDirectory, type UnusableFolder } from './create-control-directory.js';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';
const NOBODY = 65534;
const CONTROL = fileURLToPath(new URL('../../dist/control.cjs', import.meta.url));
const CORE = fileURLToPath(new URL('../../dist/internal.cjs', import.meta.url));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-test-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the directory', () => {
  test.each([0o000, 0o022, 0o077, 0o777])('has mode 0700 under umask %o', (umask) => {
    const path = inChild<string>(
      `process.umask(${umask}); return core.createControlDirectory(${JSON.stringify(folder)})`,
    );
    expect(path).toMatch(/\/\d+\.sock$/);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  test('is named after the user and the PID namespace, and holds a socket named after the process', () => {
    const inode = isLinux ? statSync('/proc/self/ns/pid').ino : 0;
    expect(createControlDirectory(folder)).toBe(
      join(folder, `porthole-${process.getuid?.()}-${inode}`, `${process.pid}.sock`),
    );
  });

  test('is used again where it is there already', () => {
    const path = createControlDirectory(folder);
    expect(createControlDirectory(folder)).toBe(path);
  });

  test('is refused where a link stands in its place', () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, directory());
    expect(reasonFor(folder)).toContain('is not a directory');
  });

  test('is refused where a file stands in its place', () => {
    writeFileSync(directory(), '');
    expect(reasonFor(folder)).toContain('is not a directory');
  });

  test.each([0o755, 0o770, 0o701, 0o500])('is refused where it has mode %o', (mode) => {
    mkdirSync(directory());
    chmodSync(directory(), mode);
    expect(reasonFor(folder)).toContain(`has mode 0${mode.toString(8)}, expected 0700`);
  });

  test.runIf(isRoot)('is refused where it belongs to another user', () => {
    mkdirSync(directory(), { mode: 0o700 });
    chownSync(directory(), NOBODY, NOBODY);
    expect(reasonFor(folder)).toContain(`belongs to uid ${NOBODY}`);
  });

  test.runIf(isRoot && isLinux)('is refused where it was made before the file system became read-only', () => {
    const unusable = inChild<readonly UnusableFolder[]>(
      `const { execFileSync } = require('node:child_process');
       execFileSync('mount', ['-t', 'tmpfs', 'none', ${JSON.stringify(folder)}]);
       core.createControlDirectory(${JSON.stringify(folder)});
       execFileSync('mount', ['-o', 'remount,ro', ${JSON.stringify(folder)}]);
       return core.createControlDirectory(${JSON.stringify(folder)});`,
      { wrapper: ['unshare', '--mount'] },
    );
    expect(unusable[0]?.reason).toContain('EROFS');
  });

  test('is refused where the path of the socket would be over 107 bytes, which Node.js would cut', () => {
    const limit = folder.length + 107 - Buffer.byteLength(join(directory(), `${process.pid}.sock`));
    const fits = join(folder, 'x'.repeat(limit - folder.length - 1));
    mkdirSync(fits);
    expect(Buffer.byteLength(createControlDirectory(fits) as string)).toBe(107);

    const tooLong = `${fits}x`;
    mkdirSync(tooLong);
    expect(reasonFor(tooLong)).toBe("the socket's path would have 108 bytes, 107 are allowed");
    // Two bytes for one character.
    const bytes = `${fits.slice(0, -1)}ü`;
    mkdirSync(bytes);
    expect(reasonFor(bytes)).toContain('108 bytes');
  });

  test('is refused where the folder is missing', () => {
    expect(reasonFor(join(folder, 'missing'))).toContain('ENOENT');
  });
});

describe('the folders', () => {
  test('are the temp dir and /dev/shm, or the one that is configured', () => {
    expect(controlFolders('')).toEqual([tmpdir(), '/dev/shm']);
    expect(controlFolders('/run/app')).toEqual(['/run/app']);
  });

  test.each([
    {},
    { TMPDIR: '/a/', TMP: '/b' },
    { TMPDIR: '', TMP: '/b//', TEMP: '/c' },
    { TEMP: '/' },
    { TMPDIR: 'relative' },
  ])('have the temp dir of node:os first, under %j', (environment) => {
    const program = `return [core.controlFolders('')[0], require('node:os').tmpdir()]`;
    const unset = { TMPDIR: '', TMP: '', TEMP: '' };
    const [first, expected] = inChild<string[]>(program, { environment: { ...unset, ...environment }, core: CONTROL });
    expect(first).toBe(expected);
  });

  test.runIf(isLinux)('are tried in their order: /dev/shm stands in for a temp dir that cannot be used', () => {
    const path = inChild<string>(`return core.createControlDirectory('')`, {
      environment: { TMPDIR: join(folder, 'missing') },
    });
    try {
      expect(dirname(dirname(path))).toBe('/dev/shm');
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    } finally {
      removeIfEmpty(dirname(path));
    }
  });

  test('are each named with what is wrong where none can be used', () => {
    writeFileSync(directory(), '');
    expect(createControlDirectory(folder)).toEqual([{ folder, reason: `${directory()} is not a directory` }]);
  });
});

describe('clients find', () => {
  test('the sockets of running processes, and nothing else', () => {
    const path = createControlDirectory(folder) as string;
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    for (const name of [
      `${process.pid}.sock`,
      `${ended}.sock`,
      '0.sock',
      '-1.sock',
      '99999999999.sock',
      'x.sock',
      '1',
    ]) {
      writeFileSync(join(directory(), name), '');
    }
    expect(findControlSockets(folder)).toEqual([{ path, pid: process.pid }]);
  });

  test('nothing where there is no directory, and nothing in one that others may write to', () => {
    expect(findControlSockets(folder)).toEqual([]);
    const path = createControlDirectory(folder) as string;
    writeFileSync(path, '');
    chmodSync(dirname(path), 0o777);
    expect(findControlSockets(folder)).toEqual([]);
  });

  test('nothing through a link', () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    writeFileSync(join(elsewhere, `${process.pid}.sock`), '');
    symlinkSync(elsewhere, directory());
    expect(findControlSockets(folder)).toEqual([]);
  });

  test.runIf(isRoot)("as root, every user's sockets, if the directory is that user's own", () => {
    const theirs = directory(NOBODY);
    mkdirSync(theirs, { mode: 0o700 });
    const path = join(theirs, `${process.pid}.sock`);
    writeFileSync(path, '');
    expect(findControlSockets(folder)).toEqual([]);
    chownSync(theirs, NOBODY, NOBODY);
    expect(findControlSockets(folder)).toEqual([{ path, pid: process.pid }]);
  });

  test.runIf(isRoot && isLinux)('as another user, nothing', () => {
    writeFileSync(createControlDirectory(folder) as string, '');
    chmodSync(folder, 0o755);
    expect(inChild(`return core.findControlSockets(${JSON.stringify(folder)})`, { uid: NOBODY })).toEqual([]);
  });

  test.runIf(isRoot && isLinux)('from another PID namespace that shares the folder, nothing', () => {
    writeFileSync(createControlDirectory(folder) as string, '');
    const wrapper = ['unshare', '--pid', '--fork', '--mount-proc'];
    expect(inChild(`return core.findControlSockets(${JSON.stringify(folder)})`, { wrapper })).toEqual([]);
  });
});

interface ChildOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly uid?: number;
  /** The built entry that the source sees as `core`. @defaultValue the one for the other packages */
  readonly core?: string;
  /** A command line that runs the one that follows it. */
  readonly wrapper?: readonly string[];
}

/** What the function body `source` returns in a process of its own, where `core` is the built package. */
function inChild<T>(source: string, options: ChildOptions = {}): T {
  const program = `const core = require(${JSON.stringify(options.core ?? CORE)});
    process.stdout.write(JSON.stringify((() => { ${source} })()));`;
  const [command = '', ...args] = [...(options.wrapper ?? []), process.execPath, '-e', program];
  const output = execFileSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...options.environment },
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  return JSON.parse(output) as T;
}

function directory(uid?: number): string {
  return join(folder, controlDirectoryName(uid));
}

function reasonFor(configured: string): string {
  const unusable = createControlDirectory(configured);
  if (typeof unusable === 'string') throw new Error(`${unusable} was taken`);
  return unusable[0]?.reason ?? '';
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Another process of this user has its socket there.
    expect(existsSync(path)).toBe(true);
  }
}
