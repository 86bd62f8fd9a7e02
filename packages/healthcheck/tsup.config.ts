import { defineConfig } from 'tsup';
import { library } from '../../tsup.library.js';

// Core is bundled in: a probe that runs every few seconds must not load more than it uses.
export default defineConfig(library({ index: 'src/index.ts' }, { noExternal: ['@porthole/core'] }));
