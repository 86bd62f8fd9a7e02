// Writes many lines at once, and ends in the way that ENDING names.
import { run } from '@porthole/sdk/run';

const LINES = 10_000;
const TEXT = 'x'.repeat(Number(process.env.TEXT_LENGTH));

const ENDINGS = {
  exit: () => process.exit(3),
  throw: () =>
    setImmediate(() => {
      throw new Error('boom');
    }),
  rejection: () => void Promise.reject(new Error('boom')),
  SIGTERM: () => process.kill(process.pid, 'SIGTERM'),
  job: () => {},
};

async function main() {
  const { porthole } = await import('@porthole/sdk');
  const { logger } = porthole();
  const ending = process.env.ENDING;
  const alive = ending === 'job' ? undefined : setInterval(() => {}, 1000);
  for (let n = 0; n < LINES; n++) logger.info({ n }, TEXT);
  ENDINGS[ending]();
  return alive;
}

run({ service: 'orders', mode: process.env.ENDING === 'job' ? 'job' : 'service', main });
