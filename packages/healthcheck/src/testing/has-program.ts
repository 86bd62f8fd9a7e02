/** What the machine that runs the tests has. */
import { spawnSync } from 'node:child_process';

/** Whether there is such a program on the PATH. */
export function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version']).error === undefined;
}
