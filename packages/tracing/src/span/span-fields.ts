/**
 * A record by the semantic conventions (v1.44): the span's name, kind, status and attributes
 * (https://opentelemetry.io/docs/specs/semconv/http/http-spans/).
 */
import type { AttributeValue } from '@porthole/core';
import {
  exceptionOfThrown,
  isError,
  isKnownMethod,
  messageOf,
  methodAttributes,
  type WorkRecord,
} from '@porthole/core/internal';

/** A span's status as OTLP has it; `code` is 0 unset, 1 ok, 2 error. */
export interface SpanStatus {
  readonly code: number;
  readonly message?: string | undefined;
}

type Attributes = Record<string, AttributeValue>;

/** `Span.SpanKind`. */
export const SPAN_KINDS: Readonly<Record<WorkRecord['kind'], number>> = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
};

/** `{METHOD} {route}` or `{METHOD}` for HTTP, the record's own name for all else. */
export function spanNameOf(record: WorkRecord): string {
  if (record.method === '') return record.name;
  const method = isKnownMethod(record.method) ? record.method : 'HTTP';
  return record.kind === 'server' && record.route !== '' ? `${method} ${record.route}` : method;
}

const UNSET: SpanStatus = { code: 0 };
const ERROR: SpanStatus = { code: 2 };

/** An error if the work failed; a status code needs no message. */
export function statusOf(record: WorkRecord): SpanStatus {
  if (errorTypeOf(record) === '') return UNSET;
  const { error } = record;
  if (error === undefined) return ERROR;
  return { code: 2, message: messageOf(isError(error) ? error : exceptionOfThrown(error).message) };
}

/** `error.type`: a server's 4xx is the caller's error, a client's is its own. */
function errorTypeOf(record: WorkRecord): string {
  if (record.errorType !== '') return record.errorType;
  return record.status >= (record.kind === 'server' ? 500 : 400) ? String(record.status) : '';
}

/** The attributes that many spans have in common. */
export function commonAttributes(record: WorkRecord): Attributes {
  const attributes: Attributes = {};
  if (record.method !== '') setHttpAttributes(attributes, record);
  if (record.serverAddress !== '') attributes['server.address'] = record.serverAddress;
  if (record.serverPort !== 0) attributes['server.port'] = record.serverPort;
  const errorType = errorTypeOf(record);
  if (errorType !== '') attributes['error.type'] = errorType;
  return attributes;
}

function setHttpAttributes(attributes: Attributes, record: WorkRecord): void {
  Object.assign(attributes, methodAttributes(record.method));
  if (record.scheme !== '') attributes['url.scheme'] = record.scheme;
  if (record.kind === 'server' && record.route !== '') attributes['http.route'] = record.route;
  if (record.status !== 0) attributes['http.response.status_code'] = record.status;
  if (record.protocolVersion !== '') attributes['network.protocol.version'] = record.protocolVersion;
}

/**
 * The attributes that differ from request to request. Not `url.full` of a call: tokens stand in its path as often as in
 * its query.
 */
export function ownAttributes(record: WorkRecord): Attributes {
  const attributes: Attributes = {};
  if (record.kind === 'server' && record.path !== '') attributes['url.path'] = record.path;
  if (record.clientAddress !== '') attributes['client.address'] = record.clientAddress;
  if (record.userAgent !== '') attributes['user_agent.original'] = record.userAgent;
  return attributes;
}

const FIELD_ATTRIBUTES: ReadonlySet<string> = new Set([
  'http.request.method',
  'http.request.method_original',
  'url.scheme',
  'http.route',
  'http.response.status_code',
  'network.protocol.version',
  'server.address',
  'server.port',
  'error.type',
  'url.path',
  'client.address',
  'user_agent.original',
]);

/** Whether `record.attributes` have a member that a field has too; they win then, and no name may come twice. */
export function hasOverrides(record: WorkRecord): boolean {
  if (record.attributes === undefined) return false;
  for (const name of Object.keys(record.attributes)) {
    if (FIELD_ATTRIBUTES.has(name)) return true;
  }
  return false;
}
