import { defineConfig } from 'tsup';

// The service alone, for an image that keeps node_modules beside it.
export default defineConfig({
  entry: { app: 'src/app.ts' },
  outDir: 'dist-modules',
  format: 'esm',
  target: 'node20',
  platform: 'node',
  splitting: true,
  clean: true,
});
