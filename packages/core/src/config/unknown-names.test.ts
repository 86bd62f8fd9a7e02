import { expect, test } from 'vitest';
import { unknownNames } from './unknown-names.js';

test('variables and options that no setting has are named', () => {
  const environment = { PORTHOLE_COLOUR_SCHEME: 'dark', PORTHOLE_DIR: '/tmp', LOG_LEVEL: 'info', OTHER: '1' };
  expect(unknownNames({ main: () => {}, service: 'orders', theme: 'dark' }, ['main'], environment)).toEqual([
    'PORTHOLE_COLOUR_SCHEME',
    'option theme',
  ]);
});

test('a typing slip is a problem already, and what Kubernetes makes of a service is left out', () => {
  const environment = {
    PORTHOLE_ADMIN_PRT: '1',
    PORTHOLE_SERVICE_HOST: '10.0.0.1',
    PORTHOLE_SERVICE_PORT_HTTP: '80',
    PORTHOLE_PORT: 'tcp://10.0.0.1:80',
    PORTHOLE_PORT_80_TCP_ADDR: '10.0.0.1',
  };
  expect(unknownNames({ servicename: 'orders' }, [], environment)).toEqual([]);
});
