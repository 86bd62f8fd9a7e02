/** One request through the running example: its line, its observation, its place in the trace. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestInFlight } from '../harness/request-in-flight.js';
import { isRequestLine, type Service, startExample } from '../harness/service.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

let service: Service;

beforeAll(async () => {
  service = await startExample();
});

afterAll(() => service.dispose());

describe('a request', () => {
  test('becomes one JSON line with the fields of the schema, in order', async () => {
    await fetch(`${service.url}/orders/4711?token=secret`, {
      headers: { 'user-agent': 'test/1', traceparent: TRACEPARENT },
    });
    const [line] = await service.linesLike((one) => one['url.path'] === '/orders/4711');
    expect(Object.keys(line ?? {})).toEqual([
      'timestamp',
      'level',
      'severity_number',
      'message',
      'service.name',
      'trace_id',
      'span_id',
      'trace_flags',
      'http.request.method',
      'http.route',
      'url.path',
      'http.response.status_code',
      'http.response.body.size',
      'client.address',
      'user_agent.original',
      'duration_ms',
    ]);
    expect(line).toMatchObject({
      level: 'info',
      'service.name': 'orders',
      trace_id: TRACE_ID,
      'http.request.method': 'GET',
      'http.route': '/orders/:id',
      'http.response.status_code': 404,
      'user_agent.original': 'test/1',
    });
    expect(line?.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('has exactly one line, and none of Fastify beside it', async () => {
    const headers = { 'user-agent': 'counted' };
    for (let i = 0; i < 20; i++) await fetch(`${service.url}/orders`, { headers });
    await service.linesLike((line) => line['user_agent.original'] === 'counted', 20);
    const marker = await fetch(`${service.url}/orders`, { headers: { 'user-agent': 'marker' } });
    expect(marker.status).toBe(200);
    await service.linesLike((line) => line['user_agent.original'] === 'marker');
    expect(service.lines().filter((line) => line['user_agent.original'] === 'counted')).toHaveLength(20);
    expect(
      service.lines().filter(({ message }) => message === 'incoming request' || message === 'request completed'),
    ).toEqual([]);
  });

  test('gives its trace to the lines of the handler and to the service that it calls', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, 'content-type': 'application/json' };
    await fetch(`${service.url}/orders`, { method: 'POST', body: '{"item":"lamp","quantity":1}', headers });
    await fetch(`${service.url}/orders/1/shipping`, { headers });

    const ofTrace = await service.linesLike((line) => line.trace_id === traceId, 4);
    expect(ofTrace.map((line) => line['http.route'] ?? line.message).sort()).toEqual([
      '/carriers/quote',
      '/orders',
      '/orders/:id/shipping',
      'order accepted',
    ]);
    expect(new Set(ofTrace.filter(isRequestLine).map((line) => line.span_id)).size).toBe(3);
  });

  test('that fails says why, with the stack', async () => {
    const answer = await fetch(`${service.url}/orders/7/refund`, { method: 'POST' });
    expect(answer.status).toBe(500);
    const [line] = await service.linesLike((one) => one['http.route'] === '/orders/:id/refund');
    expect(line).toMatchObject({
      level: 'error',
      'http.response.status_code': 500,
      'exception.type': 'Error',
      'exception.message': 'the payment provider refused to refund order 7',
    });
    expect(line?.['exception.stacktrace']).toContain('at ');
  });

  test('whose client goes away is told as aborted', async () => {
    const { abort } = await requestInFlight(`${service.url}/reports/daily`, { 'user-agent': 'impatient' });
    abort();
    const [line] = await service.linesLike((one) => one['user_agent.original'] === 'impatient');
    expect(line).toMatchObject({ aborted: true, 'http.route': '/reports/daily' });
  });

  test('is counted by the template of its route', async () => {
    await fetch(`${service.url}/orders/12345`);
    await fetch(`${service.url}/nothing/like/this`);
    await service.linesLike((line) => line['url.path'] === '/nothing/like/this');
    const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
    const counts = metrics.split('\n').filter((line) => line.startsWith('http_server_request_duration_seconds_count{'));
    expect(
      counts.some(
        (line) => line.includes('http_route="/orders/:id"') && line.includes('http_response_status_code="404"'),
      ),
    ).toBe(true);
    expect(counts.some((line) => line.includes('http_route="unmatched"'))).toBe(true);
    expect(metrics).not.toContain('12345');
    expect(metrics).not.toContain('nothing/like');
  });
});

describe('/metrics', () => {
  test.each([
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'v8js_memory_heap_used_bytes',
    'nodejs_eventloop_utilization_ratio',
    'porthole_container_memory_usage_bytes',
    'porthole_health_check_status',
    'porthole_log_lines_total',
    'http_client_request_duration_seconds_count',
    'target_info',
  ])('has %s', async (name) => {
    const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(new RegExp(`^${name}(\\{.*\\})? \\S+$`, 'm'));
  });

  test('does not count the scrapes and probes themselves', async () => {
    await fetch(`${service.adminUrl}/readyz`);
    const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
    expect(metrics).not.toMatch(/http_route="\/(metrics|readyz)"/);
    expect(service.lines().filter((line) => line['url.path'] === '/readyz')).toEqual([]);
  });
});

describe('the error of a request', () => {
  const REFUSED = 'the payment provider refused to refund order 1';

  test.each(['true', 'http', 'logs', 'logs,traces'])(
    'has the line that Fastify writes of it, with the stack, under PORTHOLE_DISABLED=%s',
    async (disabled) => {
      const switchedOff = await startExample({ PORTHOLE_DISABLED: disabled });
      try {
        await fetch(`${switchedOff.url}/orders/1/refund`, { method: 'POST' });
        const [line] = await switchedOff.linesLike(({ message }) => message === REFUSED);
        expect(line).toMatchObject({ level: 'error', 'exception.message': REFUSED });
        expect(line?.['exception.stacktrace']).toContain('at ');
      } finally {
        await switchedOff.dispose();
      }
    },
  );
});
