// As Rollup's documentation bundles for Node.js, packages inside: one file, and split. Output goes to the working directory.
import { fileURLToPath } from 'node:url';
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import nodeResolve from '@rollup/plugin-node-resolve';
import { minify } from 'terser';

/** What `@rollup/plugin-terser` does. */
const minified = {
  name: 'minified',
  renderChunk: (code, _chunk, { format }) => minify(code, { module: format === 'es' }),
};

export default {
  input: fileURLToPath(new URL('app.mjs', import.meta.url)),
  plugins: [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs(), json(), minified],
  onwarn: () => {},
  output: [
    { file: 'rollup-one.cjs', format: 'cjs', inlineDynamicImports: true },
    { dir: 'rollup-split', format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
  ],
};
