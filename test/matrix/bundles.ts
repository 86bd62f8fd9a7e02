/** The forms in which services are shipped, made of the service of this folder as its owner would make them. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import webpack from 'webpack';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const BIN = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url));

/** An ES module has no `require`, which libraries inside the bundle ask for. */
export const BANNER = "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);";

/** Makes all forms below `folder`, which must see the packages of the workspace. Returns the entry file of each. */
export async function makeBundles(folder: string): Promise<Readonly<Record<string, string>>> {
  const run = promisify(execFile);
  mkdirSync(folder, { recursive: true });
  const path = (name: string): string => join(folder, name);
  const esbuild = (outfile: string, ...args: string[]) =>
    run(join(BIN, 'esbuild'), [
      join(HERE, 'app.mjs'),
      '--bundle',
      '--platform=node',
      '--target=node20',
      '--log-level=error',
      outfile,
      ...args,
    ]);
  const tsup = (name: string, format: string, options: string) => {
    const config = path(`${name}.config.mjs`);
    const entry = JSON.stringify({ app: join(HERE, 'app.mjs') });
    writeFileSync(
      config,
      `export default { entry: ${entry}, format: '${format}', outDir: ${JSON.stringify(path(name))}, platform: 'node', target: 'node20', noExternal: [/.*/], silent: true, ${options} };`,
    );
    return run(join(BIN, 'tsup'), ['--config', config], { cwd: HERE });
  };

  for (const file of ['app.mjs', 'server.mjs']) cpSync(join(HERE, file), path(file));
  await esbuild(`--outfile=${path('unbundled.cjs')}`, '--format=cjs', '--packages=external');
  await esbuild(`--outfile=${path('one.mjs')}`, '--format=esm', `--banner:js=${BANNER}`);
  await esbuild(`--outfile=${path('one.cjs')}`, '--format=cjs');
  await esbuild(`--outfile=${path('minified.cjs')}`, '--format=cjs', '--minify');
  await esbuild(
    `--outdir=${path('split')}`,
    '--format=esm',
    '--splitting',
    '--out-extension:.js=.mjs',
    `--banner:js=${BANNER}`,
  );
  await esbuild(
    `--outdir=${path('split-minified')}`,
    '--format=esm',
    '--splitting',
    '--minify',
    '--out-extension:.js=.mjs',
    `--banner:js=${BANNER}`,
  );
  const banner = JSON.stringify(BANNER);
  const cjs = "outExtension: () => ({ js: '.cjs' })";
  await tsup('tsup-esm', 'esm', `splitting: false, outExtension: () => ({ js: '.mjs' }), banner: { js: ${banner} }`);
  await tsup('tsup-cjs', 'cjs', `splitting: false, ${cjs}`);
  await tsup('tsup-minified', 'cjs', `splitting: false, minify: true, ${cjs}`);
  await tsup('tsup-split', 'cjs', `splitting: true, minify: true, ${cjs}`);
  await run(join(BIN, 'rollup'), ['--config', join(HERE, 'rollup.config.mjs')], { cwd: folder });
  await bundleByWebpack(path('webpack-one'), { maxChunks: 1 });
  await bundleByWebpack(path('webpack-split'), {});
  return {
    'unbundled ESM': path('app.mjs'),
    'unbundled CommonJS': path('unbundled.cjs'),
    'one ESM file by esbuild': path('one.mjs'),
    'one CommonJS file by esbuild': path('one.cjs'),
    'one minified CommonJS file': path('minified.cjs'),
    'split ESM': path('split/app.mjs'),
    'one ESM file by tsup': path('tsup-esm/app.mjs'),
    'one CommonJS file by tsup': path('tsup-cjs/app.cjs'),
    'split ESM by esbuild, minified': path('split-minified/app.mjs'),
    'one CommonJS file by tsup, minified': path('tsup-minified/app.cjs'),
    'split CommonJS by tsup, minified': path('tsup-split/app.cjs'),
    'one CommonJS file by Rollup, minified': path('rollup-one.cjs'),
    'split ESM by Rollup, minified': path('rollup-split/app.mjs'),
    'one CommonJS file by webpack, minified': path('webpack-one/app.cjs'),
    'split CommonJS by webpack, minified': path('webpack-split/app.cjs'),
  };
}

function bundleByWebpack(folder: string, { maxChunks }: { readonly maxChunks?: number }): Promise<void> {
  const compiler = webpack({
    mode: 'production',
    target: 'node20',
    entry: { app: join(HERE, 'app.mjs') },
    output: { path: folder, filename: '[name].cjs' },
    plugins: maxChunks === undefined ? [] : [new webpack.optimize.LimitChunkCountPlugin({ maxChunks })],
  });
  return new Promise((resolve, reject) => {
    compiler.run((error, stats) => {
      if (error) reject(error);
      else if (stats?.hasErrors()) reject(new Error(stats.toString({ all: false, errors: true })));
      else compiler.close(() => resolve());
    });
  });
}
