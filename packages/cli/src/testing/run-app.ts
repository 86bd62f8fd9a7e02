/** Programs with an entry file of their own, as an image would start them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestApp {
  /** Where its control socket goes; also holds its files. */
  readonly directory: string;
  /** Starts it with `args`; it is killed when the test app is closed. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  /** Runs it with `args` to its end. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ending>;
  close(): void;
}

/** The path of a built package, as both module systems can load it. */
export function dist(name: string, file: string): string {
  return JSON.stringify(resolve(import.meta.dirname, '../../../', name, 'dist', file));
}

/** An app whose entry file `name` has `source`. */
export function createTestApp(name: string, source: string): TestApp {
  const directory = mkdtempSync(join(tmpdir(), 'cli-'));
  const children: ChildProcess[] = [];
  writeFileSync(join(directory, name), source);

  const start: TestApp['start'] = (args, env = {}) => {
    // A bare environment: what the machine has set must not decide.
    const child = spawn(process.execPath, [name, ...args], {
      cwd: directory,
      env: { PORTHOLE_DIR: directory, PORTHOLE_ADMIN_PORT: 'off', ...env },
    });
    children.push(child);
    return child;
  };

  return {
    directory,
    start,
    run: (args, env) => endingOf(start(args, env)),
    close: () => {
      for (const child of children) child.kill('SIGKILL');
      rmSync(directory, { recursive: true });
    },
  };
}

/** How `child` ends, with all that it writes from now on. */
export function endingOf(child: ChildProcess): Promise<Ending> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((settle) => child.on('close', (code, signal) => settle({ code, signal, stdout, stderr })));
}
