import { defineConfig } from 'tsup';
import { library } from '../../tsup.library.js';

export default defineConfig([
  library({ index: 'src/index.ts' }),
  // In a file of its own that shares nothing, and small: an entry file has it in front of every probe.
  library({ 'hold-signals': 'src/hold-signals.ts' }, { clean: false, minify: true }),
]);
