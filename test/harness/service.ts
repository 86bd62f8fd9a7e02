/** A service as a child process, on ports and in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, type Outcome, type Program, run, start } from './process.js';

/** The built entry file of the example. */
export const APP: string = fileURLToPath(new URL('../../examples/fastify-service/dist/app.js', import.meta.url));

/** A log line, parsed. */
export type LogLine = Readonly<Record<string, unknown>>;

/** The complete lines of `stdout`; the last may still be on its way. */
export function parseLines(stdout: string): readonly LogLine[] {
  const complete = stdout.split('\n').slice(0, -1);
  return complete.map((line) => JSON.parse(line) as LogLine);
}

/** A running service. */
export interface Service extends Program {
  readonly url: string;
  readonly adminUrl: string;
  readonly adminPort: number;
  /** The folder that holds the control socket's directory. */
  readonly folder: string;
  /** The environment that makes a sub-command find this service. */
  readonly env: Readonly<Record<string, string>>;
  /** The lines on stdout so far. */
  lines(): readonly LogLine[];
  /** Resolves to the lines that `matches` accepts, once there are `count`. */
  linesLike(matches: (line: LogLine) => boolean, count?: number): Promise<readonly LogLine[]>;
  /** Runs a sub-command against this service. */
  command(...args: string[]): Promise<Outcome>;
  /** Sends SIGTERM and resolves to how the service ended. */
  stop(): Promise<Outcome>;
  /** Ends what still runs and removes the folder. */
  dispose(): Promise<void>;
}

/** Starts the example and waits until it listens. */
export function startExample(env: Readonly<Record<string, string>> = {}): Promise<Service> {
  return startService(APP, env);
}

/**
 * Starts the service whose entry file is `file`, with this Node.js unless `node` is another, and waits until it
 * listens.
 */
export async function startService(
  file: string,
  env: Readonly<Record<string, string>> = {},
  node: string = process.execPath,
): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-test-'));
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  const environment = { PORTHOLE_DIR: folder, PORTHOLE_ADMIN_PORT: String(adminPort), PORT: String(port), ...env };
  const program = start(node, [file], { env: environment });
  const lines = (): readonly LogLine[] => parseLines(program.stdout());
  const service: Service = {
    ...program,
    url: `http://127.0.0.1:${port}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    adminPort,
    folder,
    env: environment,
    lines,
    linesLike: (matches, count = 1) =>
      eventually(`${count} log lines; there are:\n${program.stdout()}\n${program.stderr()}`, () => {
        const found = lines().filter(matches);
        return found.length >= count ? found : undefined;
      }),
    command: (...args) => run(process.execPath, [file, ...args], { env: environment }),
    stop: () => {
      program.child.kill('SIGTERM');
      return program.outcome;
    },
    dispose: async () => {
      program.child.kill('SIGKILL');
      await program.outcome;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await service.linesLike((line) => String(line.message).startsWith('Server listening'));
  return service;
}

/** The lines that stand for requests. */
export function isRequestLine(line: LogLine): boolean {
  return 'http.request.method' in line;
}

/** A TCP port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
