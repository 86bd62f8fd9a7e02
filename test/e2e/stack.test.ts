/** The compose file: the service with the real Collector and Prometheus, and the dashboard's queries against them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardQueries, serviceDashboard } from '@porthole/dashboards';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../architecture/workspace.js';
import { docker, dockerOutcome } from '../harness/docker.js';
import { eventually, run } from '../harness/process.js';

const COMPOSE = ['compose', '--file=docker/compose/compose.yaml'];
const SERVICE = 'http://127.0.0.1:3000';
const PROMETHEUS = 'http://127.0.0.1:9090';

beforeAll(async () => {
  // Grafana's image is left out: it takes nothing that Prometheus does not have, and is checked by its provisioning
  // below.
  await docker(...COMPOSE, 'up', '--detach', '--build', 'orders', 'collector', 'prometheus');
  await eventually('the service', async () => ((await fetch(`${SERVICE}/orders`)).ok ? true : undefined), 60_000);
});

afterAll(async () => {
  await docker(...COMPOSE, 'down', '--volumes', '--timeout=3');
});

/** Requests of every kind, so that no query of the dashboard is without data. */
async function sendRequests(): Promise<void> {
  const json = { 'content-type': 'application/json' };
  await fetch(`${SERVICE}/orders`, { method: 'POST', headers: json, body: '{"item":"lamp","quantity":1}' });
  await fetch(`${SERVICE}/orders/1`);
  await fetch(`${SERVICE}/orders/1/shipping`);
  await fetch(`${SERVICE}/orders/none/shipping`);
  await fetch(`${SERVICE}/reports/daily`);
  await fetch(`${SERVICE}/orders/1/refund`, { method: 'POST' });
  await fetch(`${SERVICE}/missing`);
}

describe('the trace of a request', () => {
  test('arrives in the Collector, with the call it made as its child', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    await fetch(`${SERVICE}/orders/1/shipping`, { headers });
    const collector = await docker(...COMPOSE, 'ps', '--quiet', 'collector');
    const spans = await eventually('three spans of the trace', async () => {
      const { stdout, stderr } = await dockerOutcome('logs', collector);
      const found = parseSpans(stdout + stderr).filter((span) => span['Trace ID'] === traceId);
      return found.length >= 3 ? found : undefined;
    });
    const byName = (name: string, kind: string) => spans.find((span) => span.Name === name && span.Kind === kind);
    const outer = byName('GET /orders/:id/shipping', 'Server');
    const call = byName('GET', 'Client');
    const inner = byName('GET /carriers/quote', 'Server');
    expect(outer?.['Parent ID']).toBe('b7ad6b7169203331');
    expect(call?.['Parent ID']).toBe(outer?.ID);
    expect(inner?.['Parent ID']).toBe(call?.ID);
  });
});

describe('the Service dashboard', () => {
  test('has data from Prometheus for every query', async () => {
    const variables = { service: 'orders', instance: '.*', __rate_interval: '30s' };
    const open = new Map(dashboardQueries(serviceDashboard, variables).map(({ panel, expr }) => [expr, panel]));
    expect(open.size).toBeGreaterThan(20);
    const timer = setInterval(() => void sendRequests().catch(() => {}), 500);
    try {
      await eventually(
        'data for every query',
        async () => {
          for (const expr of open.keys()) if ((await seriesOf(expr)) > 0) open.delete(expr);
          return open.size === 0 ? true : undefined;
        },
        120_000,
      ).catch(() => {});
    } finally {
      clearInterval(timer);
    }
    expect([...open].map(([expr, panel]) => `${panel}: ${expr}`)).toEqual([]);
  });

  test('is provisioned from the file that the package ships', () => {
    const provider = readFileSync(join(ROOT, 'docker/compose/grafana/provisioning/dashboards/porthole.yaml'), 'utf8');
    const compose = readFileSync(join(ROOT, 'docker/compose/compose.yaml'), 'utf8');
    expect(provider).toContain('path: /var/lib/grafana/dashboards');
    expect(compose).toContain('../../packages/dashboards/grafana:/var/lib/grafana/dashboards:ro');
    expect(JSON.parse(readFileSync(join(ROOT, 'packages/dashboards/grafana/service.json'), 'utf8'))).toEqual(
      serviceDashboard,
    );
  });
});

describe('/metrics', () => {
  test("passes promtool's check", async () => {
    const metrics = await (await fetch('http://127.0.0.1:9464/metrics')).text();
    const check = await run(
      'bash',
      ['-c', `docker run --rm -i --entrypoint /bin/promtool prom/prometheus:v3.13.5 check metrics <<< "$METRICS"`],
      {
        env: { METRICS: metrics },
      },
    );
    expect(check.stdout + check.stderr).toBe('');
    expect(check.code).toBe(0);
  });

  test('is scraped by Prometheus without an error', async () => {
    const targets = (await (await fetch(`${PROMETHEUS}/api/v1/targets`)).json()) as {
      data: { activeTargets: unknown[] };
    };
    expect(targets.data.activeTargets[0]).toMatchObject({ health: 'up', lastError: '' });
  });
});

/** The number of series that an instant query gives. */
async function seriesOf(query: string): Promise<number> {
  const answer = await fetch(`${PROMETHEUS}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) });
  const body = (await answer.json()) as { status: string; error?: string; data?: { result: unknown[] } };
  if (body.status !== 'success') throw new Error(`Prometheus refuses ${query}: ${body.error}`);
  return body.data?.result.length ?? 0;
}

/** The spans in the debug exporter's text: `Trace ID : …`, `Parent ID : …`, one block a span. */
function parseSpans(log: string): readonly Readonly<Record<string, string>>[] {
  return log
    .split(/^Span #\d+$/m)
    .slice(1)
    .map((block) => {
      const fields = [...block.matchAll(/^ {4}([A-Z][A-Za-z ]*?)\s*: (.*)$/gm)];
      return Object.fromEntries(fields.map(([, name, value]) => [name as string, (value as string).trim()]));
    });
}
