import { isBuiltin } from 'node:module';
import { defineConfig, type Options } from 'tsup';
import { library } from '../../tsup.library.js';

/**
 * Node's own modules without `import` and without `require`: the same in a module and in CommonJS, and an `import` of `node:fs` alone makes
 * an empty program a tenth dearer, since all that it exports is looked at.
 */
const builtinModules: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'builtin-modules',
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path }) =>
      // Without side effects: one that only unused code of core needs is not loaded.
      // Under one name: what is built of core has lost the `node:`.
      isBuiltin(path)
        ? { path: path.replace(/^node:/, ''), namespace: 'builtin-module', sideEffects: false }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin-module' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => name !== 'default');
      // Pure, so that only those which are imported stay.
      const members = names.map((name) => `export const ${name} = /* @__PURE__ */ (() => module.${name})();`);
      return { contents: [`const module = process.getBuiltinModule(${JSON.stringify(path)});`, ...members].join('\n') };
    });
  },
};

/** What loads no other file, not even later: a probe that runs every few seconds must not load more than it uses. */
const oneFile: Options = {
  splitting: false,
  noExternal: [/.*/],
  // A twentieth smaller than what esbuild makes of it.
  minify: 'terser',
  terserOptions: {
    ecma: 2020,
    // A new object for each file: terser writes what holds for one format into it, and formats are built at once.
    get compress() {
      return { passes: 2 };
    },
  },
  // Its plugin would take `node:` modules before the one above does.
  removeNodeProtocol: false,
  esbuildPlugins: [builtinModules],
};

/** The probe as a program: a file that may be copied anywhere, the same as a module and as CommonJS. */
const program: Options = {
  ...oneFile,
  entry: { probe: 'src/main.ts' },
  outDir: '.',
  outExtension: () => ({ js: '.js' }),
  format: 'iife',
  target: 'node20',
  platform: 'node',
  // The SDK knows the probe by its second line, whatever the file is called.
  banner: { js: '#!/usr/bin/env node\n/*! The probe of @porthole/healthcheck. */' },
};

export default defineConfig([
  library({ index: 'src/index.ts', internal: 'src/internal.ts' }, { noExternal: ['@porthole/core'], minify: true }),
  library({ command: 'src/command.ts' }, { ...oneFile, clean: false }),
  program,
]);
