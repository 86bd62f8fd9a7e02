import type { WorkKind } from '@porthole/core';
import { addObserver, endWork, startWork, WorkRecord } from '@porthole/core/internal';
import promClient from 'prom-client';
import { expect, test } from 'vitest';
import { createExposition } from './exposition.js';
import { createInstruments } from './instruments.js';
import { createRequestObserver } from './request-observer.js';
import { samplesOf } from './testing/parse-text-format.js';

function setUp() {
  const registry = new promClient.Registry();
  const seriesLimit = 2000;
  const observer = createRequestObserver({
    registry,
    instruments: createInstruments(registry, seriesLimit),
    seriesLimit,
  });
  return { observer, exposition: createExposition({ registry, collectTimeoutMs: 1000 }).text };
}

function record(kind: WorkKind, name: string, fields: Partial<WorkRecord>): WorkRecord {
  return Object.assign(new WorkRecord(kind, name, undefined), fields);
}

function ended(kind: WorkKind, name: string, fields: Partial<WorkRecord>, seconds = 0.02): WorkRecord {
  const work = record(kind, name, fields);
  work.endMs = work.startMs + seconds * 1000;
  return work;
}

test('a request that came in is observed with its template, and with error_type only where it failed', async () => {
  const { observer, exposition } = setUp();
  const request = { method: 'GET', scheme: 'http', route: '/orders/:id', status: 200 };
  observer.end(ended('server', '', request));
  observer.end(ended('server', '', request));
  observer.end(ended('server', '', { ...request, status: 500, errorType: '500' }));
  observer.end(ended('server', '', { method: 'BREW', scheme: 'https', status: 0, errorType: 'aborted' }));
  const labels = { http_request_method: 'GET', http_route: '/orders/:id', url_scheme: 'http' };
  const text = await exposition();
  expect(samplesOf(text, 'http_server_request_duration_seconds_count')).toEqual([
    expect.objectContaining({ labels: { ...labels, http_response_status_code: '200' }, value: 2 }),
    expect.objectContaining({ labels: { ...labels, http_response_status_code: '500', error_type: '500' }, value: 1 }),
    expect.objectContaining({
      labels: { http_request_method: '_OTHER', http_route: 'unmatched', url_scheme: 'https', error_type: 'aborted' },
      value: 1,
    }),
  ]);
  const buckets = samplesOf(text, 'http_server_request_duration_seconds_bucket');
  const counted = buckets.find(({ value }) => value > 0);
  expect(counted?.labels.le).toBe('0.025');
});

test('a route that is called as those without one is one series with them', async () => {
  const { observer, exposition } = setUp();
  for (const route of ['', 'unmatched']) observer.end(ended('server', '', { method: 'GET', route, status: 200 }));
  expect(samplesOf(await exposition(), 'http_server_request_duration_seconds_count')).toMatchObject([{ value: 2 }]);
});

test('a request that went out is observed by the server it went to', async () => {
  const { observer, exposition } = setUp();
  observer.end(ended('client', '', { method: 'POST', status: 201, serverAddress: 'pay.example', serverPort: 443 }));
  observer.end(ended('client', '', { method: 'POST', serverAddress: 'pay.example', errorType: 'ECONNREFUSED' }));
  expect(
    samplesOf(await exposition(), 'http_client_request_duration_seconds_count').map(({ labels }) => labels),
  ).toEqual([
    {
      http_request_method: 'POST',
      http_response_status_code: '201',
      server_address: 'pay.example',
      server_port: '443',
    },
    { http_request_method: 'POST', server_address: 'pay.example', error_type: 'ECONNREFUSED' },
  ]);
});

test('work that is not HTTP is observed by kind and name', async () => {
  const { observer, exposition } = setUp();
  observer.end(ended('consumer', 'orders', {}));
  observer.end(ended('server', 'grpc.Orders/Get', { errorType: 'NOT_FOUND' }));
  const text = await exposition();
  expect(samplesOf(text, 'porthole_work_duration_seconds_count').map(({ labels }) => labels)).toEqual([
    { kind: 'consumer', name: 'orders' },
    { kind: 'server', name: 'grpc.Orders/Get', error_type: 'NOT_FOUND' },
  ]);
  expect(samplesOf(text, 'http_server_request_duration_seconds_count')).toEqual([]);
});

test('requests are in flight from start to end, and an end without a start leaves the count at 0', async () => {
  const { observer, exposition } = setUp();
  const request = { method: 'GET', scheme: 'http' };
  const labels = { http_request_method: 'GET', url_scheme: 'http' };
  const inFlight = async () => samplesOf(await exposition(), 'http_server_active_requests');
  const counts = (value: number) => [{ name: 'http_server_active_requests', labels, value }];
  expect(await inFlight()).toEqual([]);
  const stop = addObserver(observer);
  endWork(record('server', '', request));
  expect(await inFlight()).toEqual(counts(0));
  const first = record('server', '', request);
  const second = record('server', '', request);
  for (const one of [first, second, record('client', '', request), record('server', 'grpc.Orders/Get', {})]) {
    startWork(one);
  }
  expect(await inFlight()).toEqual(counts(2));
  endWork(first);
  expect(await inFlight()).toEqual(counts(1));
  endWork(second);
  expect(await inFlight()).toEqual(counts(0));
  stop();
});

test('random routes, methods and errors stay within the limit, and the total is exact', async () => {
  const { observer, exposition } = setUp();
  const requests = 5000;
  for (let i = 0; i < requests; i++) {
    observer.end(
      ended('server', '', { method: `M${i}`, route: `/r${i}`, status: 200, scheme: 'http', errorType: `E${i}` }),
    );
  }
  const counts = samplesOf(await exposition(), 'http_server_request_duration_seconds_count');
  expect(counts).toHaveLength(2000);
  expect(counts.at(-1)?.labels).toEqual({ otel_metric_overflow: 'true' });
  expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(requests);
});

test('a call to a database has a histogram of its own, by what is called and what came of it', async () => {
  const { observer, exposition } = setUp();
  const attributes = { 'db.system.name': 'postgresql', 'db.namespace': 'sales', 'db.operation.name': 'SELECT' };
  const call = { serverAddress: 'db', serverPort: 5432, attributes };
  observer.end(ended('client', 'SELECT orders', call));
  observer.end(ended('client', 'SELECT items', call));
  observer.end(ended('client', 'SELECT orders', { ...call, attributes: { ...attributes, 'db.namespace': 'stock' } }));
  const failed = { ...attributes, 'db.response.status_code': '42P01' };
  observer.end(ended('client', 'SELECT orders', { ...call, attributes: failed, errorType: '42P01' }));
  const labels = {
    db_system_name: 'postgresql',
    db_namespace: 'sales',
    db_operation_name: 'SELECT',
    server_address: 'db',
    server_port: '5432',
  };
  const text = await exposition();
  expect(samplesOf(text, 'db_client_operation_duration_seconds_count')).toEqual([
    { name: 'db_client_operation_duration_seconds_count', labels, value: 2 },
    { name: 'db_client_operation_duration_seconds_count', labels: { ...labels, db_namespace: 'stock' }, value: 1 },
    {
      name: 'db_client_operation_duration_seconds_count',
      labels: { ...labels, db_response_status_code: '42P01', error_type: '42P01' },
      value: 1,
    },
  ]);
  expect(samplesOf(text, 'porthole_work_duration_seconds_count')).toEqual([]);
});
