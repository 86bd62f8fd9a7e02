/** The probe as a program of its own, for services that keep their own entry file: `node probe.js live`. */
import { healthcheck } from './run-healthcheck.js';

void healthcheck(process.argv.slice(2), {}).then((code) => {
  process.exitCode = code;
});
