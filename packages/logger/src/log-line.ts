/** The parts that all lines of the schema `otel` share, in the order in which they stand. */
import type { SpanContext } from '@porthole/core';
import { spanIdOf, traceFlagsOf, traceIdOf } from '@porthole/core/internal';
import { jsonString } from './json-string.js';
import { prettyLine } from './pretty-line.js';

/** One JSON object a line, or text for people. */
export type LogFormat = 'json' | 'pretty';

/** Docker and containerd split lines of more than 16 KiB; the line's end counts. */
export const MAX_LINE_BYTES: number = 16 * 1024 - 1;

const MAX_SERVICE_NAME_BYTES = 512;

/** The members after the timestamp: the level, its number and the name of the message's member. */
export function levelMembers(level: string, severityNumber: number): string {
  return `","level":${jsonString(level, 64)},"severity_number":${severityNumber},"message":`;
}

/** The member with the service's name, with a comma before it. */
export function serviceMember(serviceName: string): string {
  return `,"service.name":${jsonString(serviceName, MAX_SERVICE_NAME_BYTES)}`;
}

/** The ids of a span, each member with a comma before it. */
export function traceMembers(span: SpanContext): string {
  return `,"trace_id":"${traceIdOf(span)}","span_id":"${spanIdOf(span)}","trace_flags":"${traceFlagsOf(span)}"`;
}

/** A JSON object as a complete line in `format`. */
export function finishLine(json: string, format: LogFormat, colour: boolean): string {
  return format === 'json' ? `${json}\n` : prettyLine(json, colour);
}
