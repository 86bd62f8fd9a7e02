/**
 * The command in one file that needs no other, for an entry file that has to be quick to load; not under semantic
 * versioning.
 */
export { healthcheck } from './run-healthcheck.js';
