import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Porthole, StartOptions } from './index.js';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

// Records, so that the compiler refuses a list that is not complete.
const OPTIONS: Readonly<Record<keyof StartOptions, true>> = {
  service: true,
  version: true,
  environment: true,
  logLevel: true,
  logFormat: true,
  adminPort: true,
  adminHost: true,
  directory: true,
  control: true,
  watchdog: true,
  shutdownDeadlineMs: true,
  shutdownDelayMs: true,
  otlpEndpoint: true,
  sampler: true,
  samplerRatio: true,
  traceKeepErrors: true,
  traceKeepSlowerThanMs: true,
  ignorePaths: true,
  disabled: true,
  strict: true,
  mode: true,
  nodeSdk: true,
  describeRequest: true,
  readyWhen: true,
};
const MEMBERS: Readonly<Record<keyof Porthole, true>> = {
  logger: true,
  metrics: true,
  health: true,
  tracer: true,
  withRecord: true,
  onShutdown: true,
};

test.each([...Object.keys(OPTIONS), ...Object.keys(MEMBERS)])('the README has a row for %s', (name) => {
  expect(README).toMatch(new RegExp(`^\\| \`${name}\\b`, 'm'));
});

test('the README names the variables that the README of core names, and no other', () => {
  const core = readFileSync(new URL('../../core/README.md', import.meta.url), 'utf8');
  expect(variablesIn(README)).toEqual(variablesIn(core));
});

function variablesIn(text: string): readonly string[] {
  return [...new Set(text.match(/\b(?:PORTHOLE|OTEL|DD|LOG)_[A-Z_]+[A-Z]\b/g))].sort();
}
