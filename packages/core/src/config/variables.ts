/**
 * The table of settings: the variables and the option each one comes from, its valid values, and its default.
 */

import { HTTP_METHODS } from '../record/http-method.js';
import { addressVariables } from './address-variables.js';
import { type Config, LOG_THRESHOLDS, PROPAGATORS, SAMPLERS, SWITCHES } from './config.js';
import { otlpVariables } from './otlp-variables.js';
import { methods, paths, someOf, wordsOrNone } from './parse-list.js';
import { count, durationMs, flag, host, httpUrl, oneOf, otelBoolean, pairs, ratio, text } from './parse-value.js';
import type { Variables } from './resolve-settings.js';

const NO_LIMIT = 'no limit';

/** All settings, in the order in which they are shown. */
export const variables: Variables<keyof Config> = /* @__PURE__ */ makeTable();

/** A function, so that a bundler sees that a probe needs none of it. */
function makeTable(): Variables<keyof Config> {
  return {
    resourceAttributes: { names: ['OTEL_RESOURCE_ATTRIBUTES'], type: pairs, defaultValue: {} },
    serviceName: {
      names: ['OTEL_SERVICE_NAME'],
      resourceAttribute: 'service.name',
      fallback: 'DD_SERVICE',
      option: 'service',
      type: text,
      // The OpenTelemetry specification's own default, "Resource SDK", section "Semantic attributes with SDK-provided
      // default value".
      defaultValue: 'unknown_service:node',
    },
    serviceVersion: {
      names: [],
      resourceAttribute: 'service.version',
      fallback: 'DD_VERSION',
      option: 'version',
      type: text,
      defaultValue: '',
    },
    environment: {
      names: [],
      resourceAttribute: 'deployment.environment.name',
      fallback: 'DD_ENV',
      option: 'environment',
      type: text,
      defaultValue: '',
    },
    logLevel: { names: ['LOG_LEVEL'], option: 'logLevel', type: oneOf(...LOG_THRESHOLDS), defaultValue: 'info' },
    logFormat: {
      names: ['PORTHOLE_LOG_FORMAT'],
      option: 'logFormat',
      type: oneOf('auto', 'json', 'pretty'),
      defaultValue: 'auto',
    },
    ...addressVariables,
    adminHost: { ...addressVariables.adminHost, type: { ...host, show: (value) => `"${value || '::'}"` } },
    watchdog: { names: ['PORTHOLE_WATCHDOG'], option: 'watchdog', type: flag, defaultValue: false },
    shutdownDeadlineMs: {
      names: ['PORTHOLE_SHUTDOWN_DEADLINE'],
      option: 'shutdownDeadlineMs',
      type: durationMs(100, 3_600_000),
      defaultValue: 9000,
    },
    shutdownDelayMs: {
      names: ['PORTHOLE_SHUTDOWN_DELAY'],
      option: 'shutdownDelayMs',
      type: durationMs(0, 3_600_000),
      defaultValue: 0,
      zero: 'none',
    },
    sdkDisabled: { names: ['OTEL_SDK_DISABLED'], type: otelBoolean, defaultValue: false },
    tracesExporter: {
      names: ['OTEL_TRACES_EXPORTER'],
      // "auto" is the same as an unset variable; the specification does not know it, so it is not suggested.
      type: { ...oneOf('auto', 'otlp', 'none'), expected: '"otlp" or "none"' },
      defaultValue: 'auto',
    },
    otlpEndpoint: {
      names: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
      option: 'otlpEndpoint',
      type: httpUrl,
      defaultValue: '',
    },
    ...otlpVariables('Traces'),
    // The specification's own names for its batch processor, as far as they mean something here; its defaults are not
    // ours.
    exportIntervalMs: { names: ['OTEL_BSP_SCHEDULE_DELAY'], type: durationMs(1, 600_000), defaultValue: 1000 },
    exportTimeoutMs: {
      names: ['OTEL_BSP_EXPORT_TIMEOUT'],
      type: durationMs(0, 600_000),
      defaultValue: 0,
      zero: NO_LIMIT,
    },
    maxQueuedSpans: { names: ['OTEL_BSP_MAX_QUEUE_SIZE'], type: count, defaultValue: 0, zero: NO_LIMIT },
    maxExportSpans: { names: ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE'], type: count, defaultValue: 0, zero: NO_LIMIT },
    metricsExporter: {
      names: ['OTEL_METRICS_EXPORTER'],
      type: { ...oneOf('auto', 'otlp', 'prometheus', 'none'), expected: '"otlp", "prometheus" or "none"' },
      defaultValue: 'auto',
    },
    metricExportIntervalMs: {
      names: ['OTEL_METRIC_EXPORT_INTERVAL'],
      type: durationMs(100, 86_400_000),
      defaultValue: 60_000,
    },
    ...otlpVariables('Metrics'),
    sampler: {
      names: ['OTEL_TRACES_SAMPLER'],
      option: 'sampler',
      type: oneOf(...SAMPLERS),
      defaultValue: 'parentbased_always_on',
    },
    samplerRatio: { names: ['OTEL_TRACES_SAMPLER_ARG'], option: 'samplerRatio', type: ratio, defaultValue: 1 },
    traceKeepErrors: {
      names: ['PORTHOLE_TRACE_KEEP_ERRORS'],
      option: 'traceKeepErrors',
      type: flag,
      defaultValue: false,
    },
    traceKeepSlowerThanMs: {
      names: ['PORTHOLE_TRACE_KEEP_SLOWER_THAN'],
      option: 'traceKeepSlowerThanMs',
      type: durationMs(0, 3_600_000),
      defaultValue: 0,
      zero: 'off',
    },
    propagators: {
      names: ['OTEL_PROPAGATORS'],
      type: wordsOrNone(...PROPAGATORS),
      defaultValue: ['tracecontext', 'baggage'],
    },
    knownMethods: { names: ['OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS'], type: methods, defaultValue: HTTP_METHODS },
    ignorePaths: {
      names: ['PORTHOLE_IGNORE_PATHS'],
      option: 'ignorePaths',
      type: paths,
      // Kubernetes' own names, and those that frameworks and their plugins use most.
      defaultValue: [
        '/livez',
        '/readyz',
        '/startupz',
        '/healthz',
        '/health',
        '/health/live',
        '/health/ready',
        '/healthcheck',
        '/live',
        '/ready',
        '/metrics',
      ],
    },
    disabled: {
      names: ['PORTHOLE_DISABLED'],
      option: 'disabled',
      type: someOf(...SWITCHES),
      defaultValue: [],
      add: (value, below) => [...new Set([...value, ...below])],
    },
    strict: { names: ['PORTHOLE_STRICT'], option: 'strict', type: flag, defaultValue: false },
  };
}
