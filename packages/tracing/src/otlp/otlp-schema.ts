/**
 * The messages that are exported, as a transcoder has to know them:
 * opentelemetry/proto/{collector/*,trace,metrics,resource, common}/v1 (opentelemetry-proto 1.x) without exponential
 * histograms. Field names are those of the JSON mapping.
 */

/** How the value of a field is written; a message has its own fields. */
export type FieldType =
  | 'string'
  | 'bool'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'double'
  /** Bytes as hex, which OTLP has for ids. */
  | 'id'
  /** Bytes as Base64. */
  | 'bytes'
  | Message;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly repeated: boolean;
}

/** Fields by their numbers. */
export interface Message {
  readonly fields: readonly (Field | undefined)[];
  /** A message that holds many others: between these a transcoder may pause. */
  readonly isEnvelope: boolean;
}

type Fields = Readonly<Record<number, readonly [name: string, type: FieldType, repeated?: 'repeated']>>;

function message(fields: Fields, { isEnvelope = false } = {}): Message {
  const list: (Field | undefined)[] = [];
  for (const [number, [name, type, repeated]] of Object.entries(fields)) {
    list[Number(number)] = { name, type, repeated: repeated !== undefined };
  }
  return { fields: list, isEnvelope };
}

/** `AnyValue` holds itself: its fields are put in below. */
const ANY_VALUE: Message & { fields: (Field | undefined)[] } = { fields: [], isEnvelope: false };
const KEY_VALUE = message({ 1: ['key', 'string'], 2: ['value', ANY_VALUE] });
ANY_VALUE.fields = [
  ...message({
    1: ['stringValue', 'string'],
    2: ['boolValue', 'bool'],
    3: ['intValue', 'int64'],
    4: ['doubleValue', 'double'],
    5: ['arrayValue', message({ 1: ['values', ANY_VALUE, 'repeated'] })],
    6: ['kvlistValue', message({ 1: ['values', KEY_VALUE, 'repeated'] })],
    7: ['bytesValue', 'bytes'],
  }).fields,
];

const RESOURCE = message({ 1: ['attributes', KEY_VALUE, 'repeated'], 2: ['droppedAttributesCount', 'uint32'] });
const SCOPE = message({
  1: ['name', 'string'],
  2: ['version', 'string'],
  3: ['attributes', KEY_VALUE, 'repeated'],
  4: ['droppedAttributesCount', 'uint32'],
});

const SPAN = message({
  1: ['traceId', 'id'],
  2: ['spanId', 'id'],
  3: ['traceState', 'string'],
  4: ['parentSpanId', 'id'],
  5: ['name', 'string'],
  6: ['kind', 'int32'],
  7: ['startTimeUnixNano', 'uint64'],
  8: ['endTimeUnixNano', 'uint64'],
  9: ['attributes', KEY_VALUE, 'repeated'],
  10: ['droppedAttributesCount', 'uint32'],
  11: [
    'events',
    message({
      1: ['timeUnixNano', 'uint64'],
      2: ['name', 'string'],
      3: ['attributes', KEY_VALUE, 'repeated'],
      4: ['droppedAttributesCount', 'uint32'],
    }),
    'repeated',
  ],
  12: ['droppedEventsCount', 'uint32'],
  13: [
    'links',
    message({
      1: ['traceId', 'id'],
      2: ['spanId', 'id'],
      3: ['traceState', 'string'],
      4: ['attributes', KEY_VALUE, 'repeated'],
      5: ['droppedAttributesCount', 'uint32'],
      6: ['flags', 'uint32'],
    }),
    'repeated',
  ],
  14: ['droppedLinksCount', 'uint32'],
  15: ['status', message({ 2: ['message', 'string'], 3: ['code', 'int32'] })],
  16: ['flags', 'uint32'],
});

const EXEMPLAR = message({
  2: ['timeUnixNano', 'uint64'],
  3: ['asDouble', 'double'],
  4: ['spanId', 'id'],
  5: ['traceId', 'id'],
  6: ['asInt', 'int64'],
  7: ['filteredAttributes', KEY_VALUE, 'repeated'],
});
const NUMBER_POINT = message({
  2: ['startTimeUnixNano', 'uint64'],
  3: ['timeUnixNano', 'uint64'],
  4: ['asDouble', 'double'],
  5: ['exemplars', EXEMPLAR, 'repeated'],
  6: ['asInt', 'int64'],
  7: ['attributes', KEY_VALUE, 'repeated'],
  8: ['flags', 'uint32'],
});
const HISTOGRAM_POINT = message({
  2: ['startTimeUnixNano', 'uint64'],
  3: ['timeUnixNano', 'uint64'],
  4: ['count', 'uint64'],
  5: ['sum', 'double'],
  6: ['bucketCounts', 'uint64', 'repeated'],
  7: ['explicitBounds', 'double', 'repeated'],
  8: ['exemplars', EXEMPLAR, 'repeated'],
  9: ['attributes', KEY_VALUE, 'repeated'],
  10: ['flags', 'uint32'],
  11: ['min', 'double'],
  12: ['max', 'double'],
});
const SUMMARY_POINT = message({
  2: ['startTimeUnixNano', 'uint64'],
  3: ['timeUnixNano', 'uint64'],
  4: ['count', 'uint64'],
  5: ['sum', 'double'],
  6: ['quantileValues', message({ 1: ['quantile', 'double'], 2: ['value', 'double'] }), 'repeated'],
  7: ['attributes', KEY_VALUE, 'repeated'],
  8: ['flags', 'uint32'],
});
const METRIC = message({
  1: ['name', 'string'],
  2: ['description', 'string'],
  3: ['unit', 'string'],
  5: ['gauge', message({ 1: ['dataPoints', NUMBER_POINT, 'repeated'] })],
  7: ['sum', points(NUMBER_POINT, { 3: ['isMonotonic', 'bool'] })],
  9: ['histogram', points(HISTOGRAM_POINT)],
  11: ['summary', message({ 1: ['dataPoints', SUMMARY_POINT, 'repeated'] })],
  12: ['metadata', KEY_VALUE, 'repeated'],
});

function points(point: Message, others: Fields = {}): Message {
  return message({ 1: ['dataPoints', point, 'repeated'], 2: ['aggregationTemporality', 'int32'], ...others });
}

/** `Export…ServiceRequest`, with a resource's and a scope's share of it. */
function request(resources: string, scopes: string, items: string, item: Message): Message {
  const envelope = { isEnvelope: true };
  const scopeItems = message(
    { 1: ['scope', SCOPE], 2: [items, item, 'repeated'], 3: ['schemaUrl', 'string'] },
    envelope,
  );
  const resourceItems = message(
    { 1: ['resource', RESOURCE], 2: [scopes, scopeItems, 'repeated'], 3: ['schemaUrl', 'string'] },
    envelope,
  );
  return message({ 1: [resources, resourceItems, 'repeated'] }, envelope);
}

/** `ExportTraceServiceRequest`. */
export const TRACE_REQUEST: Message = request('resourceSpans', 'scopeSpans', 'spans', SPAN);

/** `ExportMetricsServiceRequest`. */
export const METRICS_REQUEST: Message = request('resourceMetrics', 'scopeMetrics', 'metrics', METRIC);
