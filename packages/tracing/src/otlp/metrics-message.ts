/**
 * Metrics as the body of an OTLP `ExportMetricsServiceRequest` (opentelemetry/proto/{collector/metrics,metrics}/v1), as
 * a Collector that scrapes them would have them: under the same names, added up since the process began.
 */
import { performance } from 'node:perf_hooks';
import { type MetricFamily, type MetricSample, reportInternalError, VERSION } from '@porthole/core/internal';
import { BUFFER_FULL, ProtobufWriter } from '../protobuf/protobuf-writer.js';
import { createSpanClock, type SpanClock } from '../span/span-clock.js';
import { writeAttribute, writeAttributes } from './otlp-attributes.js';

/** The envelopes: `resource_metrics`, its `resource` and `scope_metrics`, and their contents. */
const RESOURCE_METRICS = 1;
const RESOURCE = 1;
const RESOURCE_ATTRIBUTES = 1;
const SCOPE_METRICS = 2;
const SCOPE = 1;
const SCOPE_NAME = 1;
const SCOPE_VERSION = 2;
const METRICS = 2;

/** Fields of `Metric`. */
const METRIC = { name: 1, description: 2, gauge: 5, sum: 7, histogram: 9, summary: 11 } as const;

/** Fields of `Gauge`, `Sum`, `Histogram` and `Summary`. */
const DATA_POINTS = 1;
const TEMPORALITY = 2;
const IS_MONOTONIC = 3;
const CUMULATIVE = 2;

/** Fields that all data points have, and those of their kinds. */
const START_TIME = 2;
const TIME = 3;
const NUMBER = { asDouble: 4, attributes: 7 } as const;
const HISTOGRAM = { count: 4, sum: 5, bucketCounts: 6, explicitBounds: 7, attributes: 9 } as const;
const SUMMARY = { count: 4, sum: 5, quantileValues: 6, attributes: 7 } as const;
const QUANTILE = { quantile: 1, value: 2 } as const;

/** As much as receivers take in one request by default (gRPC: 4 MiB). */
const MAX_BYTES = 4 * 2 ** 20 - 65_536;

const TWO_32 = 2 ** 32;

/** A request and how many data points are in it. */
export interface MetricsMessage {
  /** Holds until the next message is made. */
  readonly message: Uint8Array;
  readonly dataPoints: number;
  /** Data points of metrics that are larger than a request may be, each by itself: they are in none. */
  readonly oversized: number;
}

/** Writes all of `families`, into as many requests as it takes. */
export function* encodeMetrics(
  families: readonly MetricFamily[],
  resource: Readonly<Record<string, unknown>>,
  maxBytes: number = MAX_BYTES,
): Generator<MetricsMessage, void, undefined> {
  const writer = new ProtobufWriter(maxBytes);
  const points = createPointWriter(writer);
  const rest = families.filter(({ values }) => values.length > 0);
  let next = 0;
  do {
    writer.truncate(0);
    const envelope = beginEnvelope(writer, resource);
    let dataPoints = 0;
    let oversized = 0;
    for (; next < rest.length; next++) {
      const family = rest[next] as MetricFamily;
      const written = writeMetricOrNone(writer, points, family);
      if (written !== undefined) dataPoints += written;
      else if (dataPoints > 0) break;
      else oversized += family.values.length;
    }
    for (const message of envelope) writer.end(message);
    yield { message: writer.written, dataPoints, oversized };
  } while (next < rest.length);
}

/** Writes the beginning of all requests; returns the messages that are open, the inner one first. */
function beginEnvelope(writer: ProtobufWriter, resource: Readonly<Record<string, unknown>>): readonly number[] {
  const resourceMetrics = writer.begin(RESOURCE_METRICS);
  const resourceMessage = writer.begin(RESOURCE);
  writeAttributes(writer, RESOURCE_ATTRIBUTES, resource);
  writer.end(resourceMessage);
  const scopeMetrics = writer.begin(SCOPE_METRICS);
  const scope = writer.begin(SCOPE);
  writer.string(SCOPE_NAME, 'porthole');
  writer.string(SCOPE_VERSION, VERSION);
  writer.end(scope);
  return [scopeMetrics, resourceMetrics];
}

/**
 * Returns how many data points the metric has; undefined if it does not fit any more. One that cannot be written (a
 * label of the application's may throw) is left out and counted, and the others go.
 */
function writeMetricOrNone(writer: ProtobufWriter, points: PointWriter, family: MetricFamily): number | undefined {
  const { length } = writer;
  try {
    return writeMetric(writer, points, family);
  } catch (error) {
    writer.truncate(length);
    if (error === BUFFER_FULL) return undefined;
    reportInternalError('metrics', error);
    return 0;
  }
}

/** Returns how many data points the metric has. */
function writeMetric(writer: ProtobufWriter, points: PointWriter, family: MetricFamily): number {
  const { name, help, type, values } = family;
  const metric = writer.begin(METRICS);
  writer.string(METRIC.name, String(name));
  writer.string(METRIC.description, String(help));
  const data = writer.begin(type === 'counter' ? METRIC.sum : METRIC[type]);
  let written = values.length;
  if (type === 'histogram') {
    const series = seriesOf(family, 'le');
    written = series.length;
    for (const one of series) points.histogram(one);
  } else if (type === 'summary') {
    const series = seriesOf(family, 'quantile');
    written = series.length;
    for (const one of series) points.summary(one);
  } else for (const sample of values) points.number(sample);
  if (type === 'counter' || type === 'histogram') writer.uint32(TEMPORALITY, CUMULATIVE);
  if (type === 'counter') writer.uint32(IS_MONOTONIC, 1);
  writer.end(data);
  writer.end(metric);
  return written;
}

/** The samples of one label set of a histogram or summary. */
interface Series {
  readonly labels: MetricSample['labels'];
  count: number;
  sum: number;
  /** Bounds of buckets with their cumulative counts, or quantiles with their values. */
  readonly steps: { readonly at: number; readonly value: number }[];
}

/** Groups samples with the same labels, apart from `stepLabel`. */
function seriesOf({ name, values }: MetricFamily, stepLabel: 'le' | 'quantile'): readonly Series[] {
  const found = new Map<string, Series>();
  for (const { metricName = name, labels, value } of values) {
    const { [stepLabel]: step, ...rest } = labels;
    const key = JSON.stringify(Object.entries(rest).map(([label, text]) => [label, String(text)]));
    const series = found.get(key) ?? { labels: rest, count: 0, sum: 0, steps: [] };
    found.set(key, series);
    if (metricName === `${name}_count`) series.count = value;
    else if (metricName === `${name}_sum`) series.sum = value;
    else series.steps.push({ at: step === '+Inf' ? Infinity : Number(step), value });
  }
  return [...found.values()];
}

/** Of a number of 64 bits. */
type Halves = readonly [low: number, high: number];

interface PointWriter {
  number(sample: MetricSample): void;
  histogram(series: Series): void;
  summary(series: Series): void;
}

/**
 * When the process was started. Another time would mean that all counts began anew, so the first one stays.
 */
let processStart: Halves | undefined;

/** All points have the same times: the process's start and now. */
function createPointWriter(writer: ProtobufWriter): PointWriter {
  const clock = createSpanClock();
  processStart ??= halvesOf(clock, 0);
  const start = processStart;
  const now = halvesOf(clock, performance.now());

  const begin = (attributesField: number, labels: MetricSample['labels']): number => {
    const point = writer.begin(DATA_POINTS);
    writer.fixed64(START_TIME, ...start);
    writer.fixed64(TIME, ...now);
    for (const [name, value] of Object.entries(labels)) {
      if (value !== undefined) writeAttribute(writer, attributesField, name, String(value));
    }
    return point;
  };

  return {
    number: ({ labels, value }) => {
      const point = begin(NUMBER.attributes, labels);
      writer.double(NUMBER.asDouble, Number(value));
      writer.end(point);
    },
    histogram: ({ labels, count, sum, steps }) => {
      const point = begin(HISTOGRAM.attributes, labels);
      writer.fixed64(HISTOGRAM.count, ...halves(count));
      writer.double(HISTOGRAM.sum, sum);
      // One count for each bound, and one for values above all of them; cumulative here, each by itself there.
      const counts = steps.map(({ value }, index) => value - (steps[index - 1]?.value ?? 0));
      const bounds = steps.map(({ at }) => at).filter((at) => at !== Infinity);
      writePacked(writer, HISTOGRAM.bucketCounts, counts, (buffer, count, at) =>
        buffer.writeBigUInt64LE(BigInt(count), at),
      );
      writePacked(writer, HISTOGRAM.explicitBounds, bounds, (buffer, bound, at) => buffer.writeDoubleLE(bound, at));
      writer.end(point);
    },
    summary: ({ labels, count, sum, steps }) => {
      const point = begin(SUMMARY.attributes, labels);
      writer.fixed64(SUMMARY.count, ...halves(count));
      writer.double(SUMMARY.sum, sum);
      for (const { at, value } of steps) {
        const quantile = writer.begin(SUMMARY.quantileValues);
        writer.double(QUANTILE.quantile, at);
        writer.double(QUANTILE.value, value);
        writer.end(quantile);
      }
      writer.end(point);
    },
  };
}

/** Repeated numbers of 8 bytes, in one field. */
function writePacked(
  writer: ProtobufWriter,
  field: number,
  values: readonly number[],
  write: (buffer: Buffer, value: number, at: number) => void,
): void {
  const buffer = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => void write(buffer, value, index * 8));
  writer.open(field, buffer.length);
  writer.raw(buffer);
}

function halvesOf(clock: SpanClock, ms: number): Halves {
  clock.convert(ms);
  return [clock.low, clock.high];
}

function halves(count: number): Halves {
  return [count % TWO_32, Math.floor(count / TWO_32)];
}
