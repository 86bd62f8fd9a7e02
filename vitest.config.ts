import { defineConfig } from 'vitest/config';
import { sourcesOfPackages, versionOfCore } from './vitest.sources.js';

// Real processes and containers need time: the limits are there to end a hung test, not to judge speed.
export default defineConfig({
  test: {
    projects: [
      {
        // Unit tests load sources. All other projects, and every program that a unit test starts, load what has been built (npm run build).
        resolve: { alias: sourcesOfPackages() },
        define: { PORTHOLE_VERSION: JSON.stringify(versionOfCore()) },
        test: { name: 'unit', include: ['packages/*/src/**/*.test.ts'], testTimeout: 20_000 },
      },
      { test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 900_000,
          // The containers of one file would disturb the measurements of another.
          fileParallelism: false,
        },
      },
    ],
  },
});
