import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { defineConfig } from 'tsup';
import { library } from '../../tsup.library.js';

/** The program of the watchdog with all that it imports: a thread that is started from a text needs no file beside the bundle. */
async function watchdogProgram(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('src/watchdog/program.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

export default defineConfig(async () =>
  library(
    { index: 'src/index.ts', run: 'src/run.ts', checks: 'src/checks.ts' },
    { define: { PORTHOLE_WATCHDOG_PROGRAM: JSON.stringify(await watchdogProgram()) } },
  ),
);
