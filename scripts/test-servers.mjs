// `node scripts/test-servers.mjs`: builds the servers of test/servers, which needs Go and two minutes the first time. What is there and was
// built from the same versions is left alone.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { root, say } from './workspace.mjs';

const sources = join(root, 'test', 'servers');
const NAMES = ['kafka', 'mongodb'];

export function findTestServer(name) {
  const program = join(folder(), name);
  return existsSync(program) ? program : undefined;
}

/** One folder for each state of the sources. */
function folder() {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', ...NAMES.map((name) => `${name}/main.go`)])
    hash.update(readFileSync(join(sources, file)));
  return join(homedir(), '.cache', 'porthole', 'test-servers', hash.digest('hex').slice(0, 16));
}

function build() {
  const target = folder();
  if (existsSync(target)) return;
  say('building the servers of test/servers');
  mkdirSync(join(target, '..'), { recursive: true });
  const built = mkdtempSync(join(target, '..', 'building-'));
  try {
    const options = { cwd: sources, stdio: ['ignore', 'inherit', 'inherit'] };
    execFileSync('go', ['build', '-trimpath', '-o', `${built}/`, ...NAMES.map((name) => `./${name}`)], options);
    renameSync(built, target);
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
