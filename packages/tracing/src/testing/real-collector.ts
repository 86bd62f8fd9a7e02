/** A real OpenTelemetry Collector for the tests, which writes what it takes to a file. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROGRAM = 'otelcol-contrib';

/** Whether there is none on this machine. */
export const isCollectorMissing: boolean = spawnSync(PROGRAM, ['--version']).error !== undefined;

/** A span as the Collector has it in OTLP/JSON, with the resource and the scope that it came with. */
export interface CollectedSpan {
  readonly resource: unknown;
  readonly scope: unknown;
  readonly span: Readonly<Record<string, unknown>> & { readonly name: string };
}

export interface RealCollector {
  readonly httpUrl: string;
  readonly grpcUrl: string;
  /** All spans so far, as soon as there are `count`. */
  spans(count: number): Promise<CollectedSpan[]>;
  /** All requests with metrics since `clear`, as soon as there is one. */
  metrics(): Promise<unknown[]>;
  /** Forgets what has been collected. */
  clear(): void;
  close(): Promise<void>;
}

/** Starts one, with receivers for HTTP and gRPC. */
export async function startRealCollector(): Promise<RealCollector> {
  const folder = mkdtempSync(join(tmpdir(), 'collector-'));
  const [http, grpc] = [await freePort(), await freePort()];
  const file = join(folder, 'traces.json');
  const metricsFile = join(folder, 'metrics.json');
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    `receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${http}' }, grpc: { endpoint: '127.0.0.1:${grpc}' } } } }
exporters: { file/traces: { path: ${file}, flush_interval: 20ms }, file/metrics: { path: ${metricsFile}, flush_interval: 20ms } }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [file/traces] }, metrics: { receivers: [otlp], exporters: [file/metrics] } }
`,
  );
  const child = spawn(PROGRAM, ['--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  await ready(child);
  let before = 0;
  let metricsBefore = 0;

  return {
    httpUrl: `http://127.0.0.1:${http}`,
    grpcUrl: `http://127.0.0.1:${grpc}`,
    spans: async (count) => {
      for (;;) {
        const spans = readSpans(file).slice(before);
        if (spans.length >= count) return spans;
        await sleep(20);
      }
    },
    metrics: async () => {
      for (;;) {
        const requests = readRequests(metricsFile).slice(metricsBefore);
        if (requests.length > 0) return requests;
        await sleep(20);
      }
    },
    clear: () => {
      before = readSpans(file).length;
      metricsBefore = readRequests(metricsFile).length;
    },
    close: async () => {
      child.kill();
      await once(child, 'close');
      rmSync(folder, { recursive: true });
    },
  };
}

async function ready(child: ChildProcess): Promise<void> {
  let said = '';
  for await (const chunk of child.stderr as NodeJS.ReadableStream) {
    said += chunk;
    if (!said.includes('Everything is ready')) continue;
    child.stderr?.resume();
    return;
  }
  throw new Error(`The Collector does not start: ${said}`);
}

interface ExportedTraces {
  readonly resourceSpans?: readonly {
    readonly resource: unknown;
    readonly scopeSpans: readonly { readonly scope: unknown; readonly spans: readonly CollectedSpan['span'][] }[];
  }[];
}

function readSpans(file: string): CollectedSpan[] {
  return (readRequests(file) as ExportedTraces[]).flatMap(({ resourceSpans = [] }) =>
    resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => ({ resource, scope, span }))),
    ),
  );
}

/** One request a line; the last line may not be there as a whole yet. */
function readRequests(file: string): unknown[] {
  const text = readFileSync(file, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line) as unknown);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
