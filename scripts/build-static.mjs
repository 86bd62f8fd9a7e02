// `npm run build:static`: the probe as a program that needs nothing at run time, for linux on amd64 and arm64, where their compilers are there
// (Debian: musl-tools, gcc-aarch64-linux-gnu).
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, say } from './workspace.mjs';

const folder = join(root, 'packages', 'healthcheck', 'static');

/** Docker's names of the architectures. */
const COMPILERS = { amd64: 'musl-gcc', arm64: 'aarch64-linux-gnu-gcc' };

const WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Wno-sign-conversion', '-Werror'];

// No C library, no tables for exceptions, and no more padding than a page of 64 KB on arm64 asks for: that is what keeps it below 20 KB.
const FREESTANDING = [
  '-std=c11',
  '-Os',
  '-ffreestanding',
  '-fno-builtin',
  '-fno-stack-protector',
  '-fno-unwind-tables',
  '-fno-asynchronous-unwind-tables',
  '-fno-ident',
  // Tables of pointers are constant then: no segment of their own, which would begin on a page of its own in the file.
  '-fno-pie',
  '-fmerge-all-constants',
  '-ffunction-sections',
  '-fdata-sections',
  // All sources as one: a function that is called once stands where it is called.
  '-flto',
  '-nostdlib',
  '-static',
  '-s',
  '-Wl,--gc-sections,--build-id=none,-z,noseparate-code,-z,norelro',
];

for (const [architecture, compiler] of Object.entries(COMPILERS)) {
  if (!isThere(compiler)) {
    say(`the static probe for linux-${architecture} is not built, since ${compiler} is not installed`);
    continue;
  }
  const target = join(folder, `linux-${architecture}`);
  mkdirSync(target, { recursive: true });
  const sources = readdirSync(folder).filter((name) => name.endsWith('.c'));
  const args = [...FREESTANDING, ...WARNINGS, '-o', join(target, 'healthcheck'), ...sources];
  execFileSync(compiler, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  say(`built the static probe for linux-${architecture}`);
}

function isThere(program) {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
