import { isBuiltin } from 'node:module';
import { defineConfig, type Options } from 'tsup';
import { library } from '../../tsup.library.js';

/**
 * One file that needs no other and may be copied anywhere. It takes Node's own modules without `import` and without `require`, so it is
 * the same as a module and as CommonJS.
 */
const program: Options = {
  entry: { probe: 'src/main.ts' },
  outDir: '.',
  outExtension: () => ({ js: '.js' }),
  format: 'iife',
  target: 'node20',
  platform: 'node',
  noExternal: [/.*/],
  minify: true,
  // Its plugin would take `node:` modules before the one below does.
  removeNodeProtocol: false,
  banner: { js: '#!/usr/bin/env node' },
  esbuildPlugins: [
    {
      name: 'builtin-modules',
      setup(build) {
        build.onResolve({ filter: /^[a-z]/ }, ({ path }) =>
          // Without side effects: one that only unused code of core needs is not loaded.
          isBuiltin(path) ? { path, namespace: 'builtin-module', sideEffects: false } : undefined,
        );
        build.onLoad({ filter: /.*/, namespace: 'builtin-module' }, ({ path }) => ({
          contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
        }));
      },
    },
  ],
};

export default defineConfig([
  // Core is bundled in, and all of it is minified: a probe that runs every few seconds must not load more than it uses.
  library({ index: 'src/index.ts', internal: 'src/internal.ts' }, { noExternal: ['@porthole/core'], minify: true }),
  program,
]);
