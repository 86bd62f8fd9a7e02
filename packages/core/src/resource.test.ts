import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { resolveConfig } from './config/resolve-config.js';
import { resourceOf, VERSION } from './resource.js';

test('the version that is built in is the one that the package is published with', () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const built: { readonly VERSION: string } = createRequire(import.meta.url)('../dist/internal.cjs');
  expect(manifest).toMatchObject({ version: built.VERSION });
});

test('a service that says nothing is still told apart from others', () => {
  expect(resourceOf(resolveConfig({}, {}).config)).toMatchObject({
    'service.name': 'unknown_service:node',
    'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'host.name': expect.any(String),
    'process.pid': process.pid,
    'telemetry.sdk.name': 'porthole',
    'telemetry.sdk.version': VERSION,
  });
  expect(resourceOf(resolveConfig({}, {}).config)).not.toHaveProperty(['service.version']);
});

test('the instance is the same whoever asks', () => {
  const { config } = resolveConfig({}, {});
  expect(resourceOf(config)['service.instance.id']).toBe(resourceOf(config)['service.instance.id']);
});

test('resource attributes win over what is detected, and the service settings over them', () => {
  const { config } = resolveConfig(
    {
      OTEL_RESOURCE_ATTRIBUTES: 'host.name=h,service.instance.id=i,service.name=ignored,team=x',
      OTEL_SERVICE_NAME: 'orders',
      DD_VERSION: '1.2.3',
      DD_ENV: 'production',
    },
    {},
  );
  expect(resourceOf(config)).toMatchObject({
    'host.name': 'h',
    'service.instance.id': 'i',
    'service.name': 'orders',
    'service.version': '1.2.3',
    'deployment.environment.name': 'production',
    team: 'x',
  });
});
