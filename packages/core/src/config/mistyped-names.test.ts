import { expect, test } from 'vitest';
import { mistypedNames } from './mistyped-names.js';
import { variables } from './variables.js';

const messages = (environment: Readonly<Record<string, string>>, options = {}): readonly string[] =>
  mistypedNames(environment, options, variables).map(({ message }) => message);

test.each([
  ['PORTHOLE_ADMINPORT', 'PORTHOLE_ADMIN_PORT'],
  ['PORTHOLE_LOG_LEVEL', 'LOG_LEVEL'],
  ['PORTHOLE_DISABLE', 'PORTHOLE_DISABLED'],
  ['PORTHOLE_SHUTDOWN_DEALINE', 'PORTHOLE_SHUTDOWN_DEADLINE'],
])('reports the variable %s, and suggests %s', (name, meant) => {
  expect(messages({ [name]: '1' })).toEqual([
    `${name} is not a variable of Porthole and has no effect: did you mean ${meant}?`,
  ]);
});

test.each([
  ['adminport', 'adminPort'],
  ['log_level', 'logLevel'],
  ['serivce', 'service'],
  ['serviceName', 'service'],
  ['service_name', 'service'],
  ['port', 'adminPort'],
  ['serviceVersion', 'version'],
  ['serviceEnvironment', 'environment'],
])('reports the option %s, and suggests %s', (name, meant) => {
  expect(messages({}, { [name]: 'x' })).toEqual([
    `option ${name} is not an option and has no effect: did you mean ${meant}?`,
  ]);
});

test('reports settings by their former names', () => {
  expect(messages({ PORTHOLE_WITNESS: 'on' }, { witness: true })).toEqual([
    'PORTHOLE_WITNESS was renamed and has no effect: use PORTHOLE_WATCHDOG',
    'option witness was renamed and has no effect: use watchdog',
  ]);
});

test.each(['serviceNamespace', 'watchdogPort', 'samplerArg'])(
  'nothing is said to be meant by the option %s',
  (name) => {
    expect(messages({}, { [name]: 'x' })).toEqual([]);
  },
);

test("what is a setting, what others have, and what Kubernetes makes of a service that is called porthole is nobody's slip", () => {
  const others = [
    'PORTHOLE_PORT',
    'PORTHOLE_SERVICE_HOST',
    'PORTHOLE_SERVICE_PORT_ADMIN',
    'PORTHOLE_PORT_9464_TCP_ADDR',
    'PORTHOLE_STATSD',
    'PORTHOLE_DB',
    'PORTHOLE_ID',
    'PORTHOLE_DSN',
    'PORTHOLE_URI',
  ];
  const settings = Object.values(variables).flatMap(({ names }) => names);
  expect(messages(Object.fromEntries([...others, ...settings, 'PATH'].map((name) => [name, '1'])))).toEqual([]);
  const ofRun = {
    main: () => {},
    mode: 'job',
    appCommands: [],
    commands: 'all',
    nodeSdk: () => {},
    describeRequest: () => {},
  };
  expect(messages({ PORTHOLE_ADMINPORT: '' }, { ...ofRun, service: 'a', adminPort: 1 })).toEqual([]);
});
