/**
 * gRPC's status of a call: by code, by the HTTP status without a code, and their meaning in OTLP
 * (https://opentelemetry.io/docs/specs/otlp/#failures, https://github.com/grpc/grpc/blob/master/doc/statuscodes.md).
 */
import { constants } from 'node:http2';
import { ProtobufReader } from '../protobuf/protobuf-reader.js';
import { MAX_RETRY_AFTER_MS } from './retry-after.js';

/** The names of the codes, by number. */
const CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type GrpcStatus = (typeof CODES)[number];

/** The status that a `grpc-status` header names; one that does not exist is `UNKNOWN`. */
export function parseGrpcStatus(code: unknown): GrpcStatus {
  if (typeof code !== 'string' || !/^\d{1,2}$/.test(code)) return 'UNKNOWN';
  return CODES[Number(code)] ?? 'UNKNOWN';
}

/** The status of an answer that has none, by its HTTP status (doc/http-grpc-status-mapping.md of gRPC). */
export function statusOfHttp(status: number): GrpcStatus {
  if (status === 400) return 'INTERNAL';
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 403) return 'PERMISSION_DENIED';
  if (status === 404) return 'UNIMPLEMENTED';
  return status === 429 || (status >= 502 && status <= 504) ? 'UNAVAILABLE' : 'UNKNOWN';
}

/** The status of a stream that the receiver has reset (doc/PROTOCOL-HTTP2.md of gRPC, "Errors"). */
export function statusOfReset(code: number): GrpcStatus {
  if (code === constants.NGHTTP2_REFUSED_STREAM) return 'UNAVAILABLE';
  if (code === constants.NGHTTP2_CANCEL) return 'CANCELLED';
  if (code === constants.NGHTTP2_ENHANCE_YOUR_CALM) return 'RESOURCE_EXHAUSTED';
  return code === constants.NGHTTP2_INADEQUATE_SECURITY ? 'PERMISSION_DENIED' : 'INTERNAL';
}

const RETRYABLE: ReadonlySet<GrpcStatus> = new Set([
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

/** Whether OTLP wants the request to be sent again; an exhausted receiver must have sent a time. */
export function isRetryable(status: GrpcStatus, retryAfterMs: number | undefined): boolean {
  return RETRYABLE.has(status) || (status === 'RESOURCE_EXHAUSTED' && retryAfterMs !== undefined);
}

/**
 * `google.rpc.Status.details`, `Any.type_url` and `.value`, `RetryInfo.retry_delay`, `Duration.seconds` and `.nanos`.
 */
const DETAILS = 3;
const TYPE_URL = 1;
const ANY_VALUE = 2;
const RETRY_DELAY = 1;
const SECONDS = 1;
const NANOS = 2;

const RETRY_INFO = /(?:^|\/)google\.rpc\.RetryInfo$/;

/**
 * How long to wait, in milliseconds, by the `RetryInfo` in a `grpc-status-details-bin` trailer; undefined if it is
 * missing or not valid. Never throws.
 */
export function parseRetryInfo(details: unknown): number | undefined {
  if (typeof details !== 'string') return undefined;
  const bytes = Buffer.from(details, 'base64');
  try {
    const status = new ProtobufReader(bytes);
    while (status.next()) {
      if (status.field !== DETAILS || status.wireType !== 2) continue;
      const delayMs = retryDelayOf(bytes, status.start, status.end);
      if (delayMs !== undefined) return Math.min(delayMs, MAX_RETRY_AFTER_MS);
    }
  } catch {
    // What is no message says nothing.
  }
  return undefined;
}

/** The delay of a detail that is a `RetryInfo`, in milliseconds. */
function retryDelayOf(bytes: Buffer, start: number, end: number): number | undefined {
  const detail = new ProtobufReader(bytes, start, end);
  let type = '';
  let value: ProtobufReader | undefined;
  while (detail.next()) {
    if (detail.wireType !== 2) continue;
    if (detail.field === TYPE_URL) type = bytes.toString('utf8', detail.start, detail.end);
    else if (detail.field === ANY_VALUE) value = new ProtobufReader(bytes, detail.start, detail.end);
  }
  if (value === undefined || !RETRY_INFO.test(type)) return undefined;
  while (value.next()) {
    if (value.field === RETRY_DELAY && value.wireType === 2) return durationMsOf(bytes, value.start, value.end);
  }
  return undefined;
}

/** A `Duration` in milliseconds; undefined if it is negative. */
function durationMsOf(bytes: Buffer, start: number, end: number): number | undefined {
  const duration = new ProtobufReader(bytes, start, end);
  let ms = 0;
  while (duration.next()) {
    if (duration.wireType !== 0) continue;
    // A negative number has its highest bit set.
    if (duration.high >= 2 ** 31) return undefined;
    const value = duration.high * 2 ** 32 + duration.low;
    if (duration.field === SECONDS) ms += value * 1000;
    else if (duration.field === NANOS) ms += value / 1e6;
  }
  return ms;
}
