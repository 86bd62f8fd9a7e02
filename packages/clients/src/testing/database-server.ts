/** Starts real servers, from Debian's packages if it has one. Each has its own folder and port. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DatabaseServer {
  readonly port: number;
  close(): Promise<void>;
}

const POSTGRESQL = '/usr/lib/postgresql';

/** The folder of PostgreSQL's programs, or undefined if it is not installed. */
export function findPostgres(): string | undefined {
  const [version] = existsSync(POSTGRESQL) ? readdirSync(POSTGRESQL) : [];
  return version === undefined ? undefined : join(POSTGRESQL, version, 'bin');
}

/** A server that accepts every login on loopback; the user and the database are `postgres`. */
export async function startPostgres(bin: string): Promise<DatabaseServer> {
  const owner = ownerFor('postgres');
  const { folder, port } = await prepare(owner);
  const data = join(folder, 'data');
  const options = { ...owner, stdio: 'ignore', env: { LC_ALL: 'C', PATH: process.env.PATH } } as const;
  execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync'], options);
  const args = ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'];
  // It listens before it answers.
  const isReady = (): boolean =>
    spawnSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' }).status === 0;
  return serve(spawn(join(bin, 'postgres'), args, options), folder, port, isReady);
}

/** Whether MariaDB is installed. */
export function hasMariadb(): boolean {
  return existsSync('/usr/sbin/mariadbd');
}

/** A server whose `root` has no password; it has a database `test`. */
export async function startMariadb(): Promise<DatabaseServer> {
  const owner = ownerFor('mysql');
  const { folder, port } = await prepare(owner);
  const data = join(folder, 'data');
  const options = { ...owner, stdio: 'ignore' } as const;
  const common = ['--no-defaults', `--datadir=${data}`];
  execFileSync('mariadb-install-db', [...common, '--auth-root-authentication-method=normal'], options);
  const args = [
    ...common,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    '--innodb-flush-log-at-trx-commit=0',
  ];
  return serve(spawn('/usr/sbin/mariadbd', args, options), folder, port, () => accepts(port));
}

/** Whether Redis is installed. */
export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).error === undefined;
}

/** A server without a password and without persistence. */
export async function startRedis(): Promise<DatabaseServer> {
  const { folder, port } = await prepare({});
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  return serve(spawn('redis-server', args, { stdio: 'ignore' }), folder, port, () => accepts(port));
}

/** A server with MongoDB's protocol: `program` is that of test/servers. */
export async function startMongodb(program: string): Promise<DatabaseServer> {
  const { folder, port } = await prepare({});
  const child = spawn(program, [folder, String(port)], { stdio: ['pipe', 'ignore', 'ignore'] });
  return serve(child, folder, port, () => accepts(port));
}

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** The owner of a server's process: these servers refuse to run as root. */
function ownerFor(user: string): Owner {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function prepare({ uid, gid }: Owner): Promise<{ readonly folder: string; readonly port: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-db-'));
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  return { folder, port: await freePort() };
}

/** An unused port of loopback. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

async function serve(
  child: ChildProcess,
  folder: string,
  port: number,
  isReady: () => boolean | Promise<boolean>,
): Promise<DatabaseServer> {
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    await sleep(20);
  }
  return {
    port,
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGQUIT');
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
