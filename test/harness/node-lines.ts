/** The lines of Node.js that tests run programs on. */
import { type NodeLine, otherNodeLines } from '../../scripts/node-lines.mjs';

/** This one first, then the others that are there. */
export const NODE_LINES: readonly NodeLine[] = [
  { major: process.versions.node.split('.')[0] as string, program: process.execPath },
  ...otherNodeLines(),
];

/**
 * What puts a program of this line under the permission model, where it may read files and connect, and without a
 * warning.
 */
export function permissionOptions({ major }: NodeLine): readonly string[] {
  const model = Number(major) < 22 ? '--experimental-permission' : '--permission';
  const network = Number(major) < 25 ? [] : ['--allow-net'];
  return [model, '--allow-fs-read=*', ...network, '--no-warnings'];
}
