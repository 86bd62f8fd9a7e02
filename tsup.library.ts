// How every library of the workspace is built: ESM and CommonJS from one source, with declarations for both.
import { fileURLToPath } from 'node:url';
import type { Options } from 'tsup';

/** The build of one package. `entry` maps the name of an output file to its source; `overrides` are tsup options. */
export function library(entry: Record<string, string>, overrides: Options = {}): Options {
  return {
    entry,
    format: ['esm', 'cjs'],
    target: 'node20',
    platform: 'node',
    // Splitting keeps what is loaded on demand (`import()`) out of the entry, in CommonJS too.
    splitting: true,
    dts: true,
    clean: true,
    treeshake: true,
    tsconfig: fileURLToPath(new URL('./tsconfig.json', import.meta.url)),
    ...overrides,
  };
}
