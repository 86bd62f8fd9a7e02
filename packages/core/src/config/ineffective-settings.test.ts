import { expect, test } from 'vitest';
import { resolveConfig } from './resolve-config.js';

const messages = (environment: Readonly<Record<string, string>>, options = {}): readonly string[] =>
  resolveConfig(environment, options).problems.map(({ message }) => message);

test('a ratio without a sampler that has one is told of, whoever has set it', () => {
  const message = (source: string, sampler = 'parentbased_always_on'): string =>
    `${source}=0.1 has no effect with the sampler "${sampler}": set OTEL_TRACES_SAMPLER=parentbased_traceidratio as well`;
  expect(messages({ OTEL_TRACES_SAMPLER_ARG: '0.1' })).toEqual([message('OTEL_TRACES_SAMPLER_ARG')]);
  expect(messages({ OTEL_TRACES_SAMPLER_ARG: '0.1', OTEL_TRACES_SAMPLER: 'always_on' })).toEqual([
    message('OTEL_TRACES_SAMPLER_ARG', 'always_on'),
  ]);
  expect(messages({}, { samplerRatio: 0.1 })).toEqual([message('option samplerRatio')]);
});

test('the export of log lines, which there is not, is told of', () => {
  expect(messages({ OTEL_LOGS_EXPORTER: ' OTLP ' })).toEqual([
    'OTEL_LOGS_EXPORTER="otlp" has no effect: log lines go to the standard output, and the container\'s log agent reads them there',
  ]);
});

test.each([
  {},
  { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' },
  { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
  { OTEL_TRACES_SAMPLER_ARG: '' },
  { OTEL_LOGS_EXPORTER: 'none' },
  { OTEL_LOGS_EXPORTER: 'console' },
  { OTEL_LOGS_EXPORTER: '' },
])('%o says nothing', (environment) => {
  expect(messages(environment)).toEqual([]);
});
