/** The other lines of Node.js, where they have been fetched (`node scripts/node-lines.mjs`). */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A Node.js to run a service with. */
export interface NodeLine {
  /** `20`, `22`. */
  readonly major: string;
  readonly program: string;
}

/** Where `scripts/node-lines.mjs` puts them, too. */
const FOLDER = process.env.PORTHOLE_NODE_LINES ?? join(homedir(), '.cache', 'porthole', 'node-lines');

const MAJORS = ['20', '22', '24', '26'];

/** This Node.js and those of the other supported lines that are there; the majors of those that are not. */
export function nodeLines(): { readonly lines: readonly NodeLine[]; readonly missing: readonly string[] } {
  const own = process.versions.node.split('.')[0] as string;
  const lines: NodeLine[] = [{ major: own, program: process.execPath }];
  const missing: string[] = [];
  for (const major of MAJORS.filter((one) => one !== own)) {
    const program = join(FOLDER, major, 'bin', 'node');
    if (existsSync(program) && runs(program)) lines.push({ major, program });
    else missing.push(major);
  }
  return { lines, missing };
}

function runs(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
