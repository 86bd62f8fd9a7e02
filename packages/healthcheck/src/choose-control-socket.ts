/** The choice among several apps in one PID namespace. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { linkOf } from '@porthole/core/control';
import { processEnvironment, readText } from '@porthole/core/internal';

/**
 * The socket of pid 1, which in a container is the app; without one, that of the process that is most like this one;
 * among several the one of the lowest pid, which among a program and the programs it started is the first. Never the
 * one of `ownPid`.
 */
export function chooseControlSocket<Socket extends { readonly pid: number }>(
  sockets: readonly Socket[],
  ownPid: number,
): Socket | undefined {
  return sockets
    .filter(({ pid }) => pid !== ownPid)
    .sort((a, b) => likenessOf(b.pid) - likenessOf(a.pid) || a.pid - b.pid)[0];
}

/**
 * A note for a person, if others are as like this process as the app with the pid `chosen`; else `undefined`.
 */
export function noteOfOthers(
  chosen: number,
  sockets: readonly { readonly pid: number }[],
  ownPid: number,
): string | undefined {
  // Nothing is read of the chosen one if it is alone, as in most containers.
  if (sockets.every(({ pid }) => pid === chosen || pid === ownPid || likenessOf(pid) < likenessOf(chosen)))
    return undefined;
  return `several apps run here: using pid ${chosen}; give each its own PORTHOLE_DIR`;
}

/**
 * How much the process has in common with this one: the entry file above all, then `OTEL_SERVICE_NAME`, then the
 * working directory. 0 without `/proc`.
 */
function likenessOf(pid: number): number {
  if (pid === 1) return 8;
  const directory = `/proc/${pid}/`;
  const folder = linkOf(`${directory}cwd`);
  const words = `${readText(`${directory}cmdline`)}\0${readText(`${directory}environ`)}`.split('\0');
  const entry = realPath(process.argv[1] as string);
  return (
    (words.some((word) => realPath(resolve(folder, word)) === entry) ? 4 : 0) +
    (words.includes(`OTEL_SERVICE_NAME=${processEnvironment().OTEL_SERVICE_NAME}`) ? 2 : 0) +
    (folder === process.cwd() ? 1 : 0)
  );
}

/** An entry file may be started, and named in a command, through a link. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
