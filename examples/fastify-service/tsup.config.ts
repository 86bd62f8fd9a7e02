import { defineConfig } from 'tsup';

// One folder that runs with nothing beside it. app.js stays small, since every probe loads it, and the service is a chunk of
// its own. Bundled CommonJS packages call `require`, which an ES module does not have, hence the banner.
export default defineConfig({
  entry: { app: 'src/app.ts' },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  splitting: true,
  clean: true,
  sourcemap: false,
  noExternal: [/.*/],
  banner: {
    js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
  },
});
