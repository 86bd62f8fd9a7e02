// What is compared, and with what.

/**
 * A row: the program, its environment, and whether spans have to arrive at the sink. `loads` are modules that Node.js loads first.
 * Programs below dist/ are bundled before.
 */
const BUNDLED = 'dist/porthole-app.mjs';
const EXPORTING = 'OTEL_EXPORTER_OTLP_ENDPOINT';

/** The rows in the order in which the table shows them; `sink` is the URL of the OTLP receiver. */
export function rowsFor(sink) {
  const exporting = { [EXPORTING]: sink, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
  return [
    { name: 'bare', program: 'servers/bare.cjs', env: {} },
    // What the kill switch is compared with: the same service without Porthole, whose lines are Fastify's own, by its own logger.
    { name: 'fastify-logger', program: 'servers/fastify-logger.cjs', env: {} },
    { name: 'porthole-disabled', program: BUNDLED, env: { PORTHOLE_DISABLED: 'true' } },
    // If there are no lines of Porthole's, Fastify's own are back: REQUEST_LINES=off keeps them out of what a signal costs.
    // Without lines the kill switch is compared with a service that has a logger: `bare` has none, and Fastify does less there.
    { name: 'bare-logger', program: 'servers/bare-logger.cjs', env: {} },
    { name: 'porthole-disabled-quiet', program: BUNDLED, env: { PORTHOLE_DISABLED: 'true', REQUEST_LINES: 'off' } },
    { name: 'porthole-metrics', program: BUNDLED, env: { PORTHOLE_DISABLED: 'traces,logs', REQUEST_LINES: 'off' } },
    { name: 'porthole-logs', program: BUNDLED, env: { PORTHOLE_DISABLED: 'traces,metrics' } },
    {
      name: 'porthole-traces',
      program: BUNDLED,
      env: { ...exporting, PORTHOLE_DISABLED: 'metrics,logs', REQUEST_LINES: 'off' },
      traced: true,
    },
    { name: 'porthole', program: BUNDLED, env: exporting, traced: true },
    {
      name: 'porthole-10',
      program: BUNDLED,
      env: { ...exporting, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' },
      traced: true,
    },
    { name: 'fastify-metrics', program: 'servers/fastify-metrics.cjs', env: {} },
    { name: 'otel-tuned', program: 'servers/otel-tuned.cjs', env: exporting, traced: true },
    {
      name: 'otel-auto',
      program: 'servers/fastify-metrics.cjs',
      loads: ['@opentelemetry/auto-instrumentations-node/register'],
      env: { ...exporting, OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
      traced: true,
    },
  ];
}
