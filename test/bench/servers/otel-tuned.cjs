// OpenTelemetry as somebody sets it up who counts every instrumentation: two of them, lines with trace ids, metrics by fastify-metrics.
const { FastifyOtelInstrumentation } = require('@fastify/otel');
const { trace } = require('@opentelemetry/api');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { NodeSDK } = require('@opentelemetry/sdk-node');

new NodeSDK({
  traceExporter: new OTLPTraceExporter(),
  instrumentations: [new HttpInstrumentation(), new FastifyOtelInstrumentation({ registerOnInitialization: true })],
}).start();

const { fastify } = require('fastify');
const fastifyMetrics = require('fastify-metrics');
const { pino } = require('pino');
const { addRoutes, listen } = require('./routes.cjs');

const loggerInstance = pino({
  mixin: () => {
    const { traceId, spanId } = trace.getActiveSpan()?.spanContext() ?? {};
    return traceId === undefined ? {} : { trace_id: traceId, span_id: spanId };
  },
});
const app = fastify({ loggerInstance });
app.register(fastifyMetrics.default ?? fastifyMetrics, { endpoint: '/metrics' });
app.register(async (scope) => addRoutes(scope));
listen(app);
