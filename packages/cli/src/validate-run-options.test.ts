import fc from 'fast-check';
import { expect, test } from 'vitest';
import { validateRunOptions } from './validate-run-options.js';

const main = (): void => {};

test.each([
  [{ main }],
  [{ main, commands: 'namespaced' }],
  [{ main, commands: ['healthcheck', 'status'] }],
  [{ main, appCommands: ['migrate'] }],
  [{ main, mode: 'job' }],
])('finds nothing wrong with %j', (options) => {
  expect(validateRunOptions(options)).toBeUndefined();
});

test.each([
  [undefined, 'run takes options'],
  [{}, 'main is undefined'],
  [{ main: './server.js' }, 'main is "./server.js"'],
  [{ main: Promise.resolve() }, 'main is a promise'],
  [{ main, mode: 'jobs' }, 'mode is "jobs"'],
  [{ main, appCommands: 'migrate' }, 'appCommands is "migrate"'],
  [{ main, commands: 'non' }, 'commands is "non"'],
  [{ main, commands: ['stauts'] }, 'commands is "stauts"'],
])('names the mistake in %j', (options, part) => {
  expect(validateRunOptions(options)).toContain(part);
});

test('never throws, whatever it is given', () => {
  fc.assert(
    fc.property(fc.anything(), (options) => ['string', 'undefined'].includes(typeof validateRunOptions(options))),
  );
});
