/** Outputs that nobody reads until a test says so: a terminal, a pipe, a socket. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export interface UnreadOutput {
  /** What a child is given as its stdout; undefined for a socket, which `spawn` makes itself. */
  readonly fd: number | undefined;
  /** The path of a terminal's device. */
  readonly path: string;
  /** Begins to read; ends when all that have written are gone. */
  read(): Readable;
  close(): Promise<void>;
}

/** A terminal that `script` (util-linux) holds, which is stopped until it is read. */
export async function unreadTerminal(): Promise<UnreadOutput> {
  const script = spawn('script', ['-qfc', 'echo $$ $(tty); exec sleep 1000', '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [words] = await once(script.stdout, 'data');
  const [holder, path] = String(words).trim().split(' ') as [string, string];
  script.stdout.pause();
  script.kill('SIGSTOP');
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  return {
    fd,
    path,
    read: () => {
      closeSync(fd);
      script.kill('SIGCONT');
      return script.stdout;
    },
    close: async () => {
      script.kill('SIGCONT');
      script.stdout.resume();
      process.kill(Number(holder), 'SIGKILL');
      if (script.exitCode === null) await once(script, 'exit');
    },
  };
}

/** A named pipe. */
export async function unreadPipe(): Promise<UnreadOutput> {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-pipe-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), writable: false });
  reader.pause();
  const fd = openSync(path, 'w');
  return {
    fd,
    path,
    read: () => {
      closeSync(fd);
      return reader;
    },
    close: async () => {
      reader.destroy();
      rmSync(folder, { recursive: true });
    },
  };
}
