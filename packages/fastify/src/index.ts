export { portholePlugin } from './porthole-plugin.js';
