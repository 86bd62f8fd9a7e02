/** Which app is meant where several run in one PID namespace. */

/**
 * The socket of pid 1, which in a container is the app; without one, that of the lowest pid, which among a program and the
 * programs it started is the first. Never the one of `ownPid`.
 */
export function chooseControlSocket<Socket extends { readonly pid: number }>(
  sockets: readonly Socket[],
  ownPid: number,
): Socket | undefined {
  return sockets.filter(({ pid }) => pid !== ownPid).sort((a, b) => a.pid - b.pid)[0];
}

/** What a person should know where others than the app with the pid `chosen` have sockets, too; `undefined` where it is the only one. */
export function noteOfOthers(
  chosen: number,
  sockets: readonly { readonly pid: number }[],
  ownPid: number,
): string | undefined {
  if (sockets.every(({ pid }) => pid === chosen || pid === ownPid)) return undefined;
  return `several apps run here: asking pid ${chosen}; a PORTHOLE_DIR for each tells them apart`;
}
