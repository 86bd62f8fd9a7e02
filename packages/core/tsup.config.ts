import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { library } from '../../tsup.library.js';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));

export default defineConfig(
  library(
    { index: 'src/index.ts', internal: 'src/internal.ts', control: 'src/control.ts' },
    { define: { PORTHOLE_VERSION: JSON.stringify(version) } },
  ),
);
