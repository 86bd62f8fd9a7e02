/**
 * One line for each unit of work that ends: the request line, and its like for messages, jobs and calls. It is the logger's
 * hot path, so the line is put together from parts that are made once for each method, route and status.
 */
import type { LogLevel, Observer, WorkRecord } from '@porthole/core';
import { createShapeCache } from '@porthole/core/internal';
import { exceptionMembers, exceptionOf, isError } from './exception.js';
import { PLAIN_RULES, renderFields } from './fields.js';
import { jsonString } from './json-string.js';
import { lineCountsOf } from './line-counts.js';
import type { LineSink } from './line-sink.js';
import { LineWriter } from './line-writer.js';
import { finishLine, type LogFormat, levelMembers, MAX_LINE_BYTES, serviceMember, traceMembers } from './log-line.js';
import type { Logger } from './logger.js';
import { pinoLevelOf, severityOf } from './severity.js';
import { timestampOf } from './timestamp.js';

/** Options of `createRequestLog`. */
export interface RequestLogOptions {
  /** Its level decides which lines are written, and its counts include them. */
  readonly logger: Logger;
  readonly serviceName: string;
  readonly sink: LineSink;
  readonly format: LogFormat;
  /** Whether to colour the pretty format. @defaultValue false */
  readonly colour?: boolean;
}

/**
 * Makes the observer that writes the lines: `info`, `error` where the work failed or the status is 500 or above, and `debug`
 * for calls to others (kind `client`).
 */
export function createRequestLog(options: RequestLogOptions): Observer {
  const { logger, sink, format, colour = false } = options;
  const counts = lineCountsOf(logger);
  const service = serviceMember(options.serviceName);
  const templates = createShapeCache((record) => requestTemplate(record, levelOf(record), service));
  const writer = new LineWriter(MAX_LINE_BYTES + 1);
  let start: Uint8Array = new Uint8Array();
  let startSecond = Number.NaN;
  return {
    component: 'logger',
    end(record) {
      const level = levelOf(record);
      if (!logger.isLevelEnabled(level)) return;
      counts[level] += 1;
      if (record.kind !== 'server' || record.method === '') {
        sink.write(finishLine(workLine(record, level, service), format, colour));
        return;
      }
      writeRequestLine(record);
      if (format === 'json') sink.write(writer.written);
      else sink.write(finishLine(writer.written.toString('utf8', 0, writer.written.length - 1), format, colour));
    },
  };

  /** Leaves the line in the writer, its line feed included. */
  function writeRequestLine(record: WorkRecord): void {
    const { head, route, status } = templates.of(record);
    writer.reset();
    writeTimestamp(Date.now());
    writer.bytes(head);
    writeTrace(record);
    writer.bytes(route);
    writer.json(record.path, MAX_PATH_BYTES);
    writer.bytes(status);
    if (record.responseBodyBytes >= 0) {
      writer.bytes(PART.bodySize);
      writer.integer(record.responseBodyBytes);
    }
    if (record.clientAddress !== '') {
      writer.bytes(PART.clientAddress);
      writer.json(record.clientAddress, MAX_TEXT_BYTES);
    }
    if (record.userAgent !== '') {
      writer.bytes(PART.userAgent);
      writer.json(record.userAgent, MAX_TEXT_BYTES);
    }
    writer.bytes(PART.duration);
    writer.thousandths(Math.max(0, Math.round(record.durationMs * 1000)));
    if (record.aborted) writer.bytes(PART.aborted);
    if (isError(record.error)) writer.text(exceptionMembers(exceptionOf(record.error), MAX_EXCEPTION_BYTES));
    writer.bytes(PART.end);
  }

  /** From the beginning of the line to the milliseconds. Lines of one second share all but these. */
  function writeTimestamp(epochMs: number): void {
    const second = Math.floor(epochMs / 1000);
    if (second !== startSecond) {
      start = Buffer.from(`{"timestamp":"${timestampOf(epochMs).slice(0, -4)}`);
      startSecond = second;
    }
    writer.bytes(start);
    writer.digits3(epochMs - second * 1000);
  }

  function writeTrace(record: WorkRecord): void {
    writer.bytes(PART.traceId);
    writer.hex32(record.traceId0);
    writer.hex32(record.traceId1);
    writer.hex32(record.traceId2);
    writer.hex32(record.traceId3);
    writer.bytes(PART.spanId);
    writer.hex32(record.spanId0);
    writer.hex32(record.spanId1);
    writer.bytes(PART.traceFlags);
    writer.hex8(record.traceFlags & 0xff);
  }
}

/** The parts of a request line that are the same for all requests of one method, route and outcome. */
interface RequestTemplate {
  /** From the end of the timestamp to the service's name. */
  readonly head: Uint8Array;
  /** From the end of the trace flags to the path: method and route. */
  readonly route: Uint8Array;
  /** The status code. */
  readonly status: Uint8Array;
}

/** The members that every request has, up to their values. */
const PART = {
  traceId: Buffer.from(',"trace_id":"'),
  spanId: Buffer.from('","span_id":"'),
  traceFlags: Buffer.from('","trace_flags":"'),
  bodySize: Buffer.from(',"http.response.body.size":'),
  clientAddress: Buffer.from(',"client.address":'),
  userAgent: Buffer.from(',"user_agent.original":'),
  duration: Buffer.from(',"duration_ms":'),
  aborted: Buffer.from(',"aborted":true'),
  end: Buffer.from('}\n'),
} as const;

// Together with the rest these stay below the line's 16 KiB.
const MAX_PATH_BYTES = 4096;
const MAX_TEXT_BYTES = 1024;
const MAX_EXCEPTION_BYTES = 6144;

function requestTemplate(record: WorkRecord, level: LogLevel, service: string): RequestTemplate {
  const { method, route, status } = record;
  const message = `${method} ${route === '' ? 'unmatched' : route} ${status === 0 ? '(no answer)' : status}`;
  const routeMember = route === '' ? '' : `,"http.route":${jsonString(route, MAX_TEXT_BYTES)}`;
  return {
    head: Buffer.from(`Z${headOf(level)}${jsonString(message, MAX_TEXT_BYTES)}${service}`),
    route: Buffer.from(`","http.request.method":${jsonString(method, 64)}${routeMember},"url.path":`),
    status: Buffer.from(status === 0 ? '' : `,"http.response.status_code":${status}`),
  };
}

/** A line for work that is not a request to this process. */
function workLine(record: WorkRecord, level: LogLevel, service: string): string {
  const message = jsonString(record.name === '' ? callName(record) : record.name, MAX_TEXT_BYTES);
  const head = `{"timestamp":"${timestampOf(Date.now())}${headOf(level)}${message}${service}${traceMembers(record)}`;
  const found = isError(record.error) ? { key: '', exception: exceptionOf(record.error) } : undefined;
  const fields = {
    ...(record.method === '' ? undefined : callFields(record)),
    ...record.attributes,
    duration_ms: durationOf(record),
    ...(record.aborted ? { aborted: true } : undefined),
  };
  const budget = { bytes: MAX_LINE_BYTES - 2 - Buffer.byteLength(head) };
  const members = renderFields(fields, found, undefined, PLAIN_RULES, budget);
  return `${head}${members.map((member) => member.json).join('')}}`;
}

function callName(record: WorkRecord): string {
  return record.method === ''
    ? record.kind
    : [record.method, record.serverAddress, record.status || ''].join(' ').trim();
}

function callFields(record: WorkRecord): Readonly<Record<string, unknown>> {
  return {
    'http.request.method': record.method,
    'server.address': record.serverAddress || undefined,
    'server.port': record.serverPort || undefined,
    'url.path': record.path || undefined,
    'http.response.status_code': record.status || undefined,
  };
}

function levelOf(record: WorkRecord): LogLevel {
  if (record.kind === 'client') return 'debug';
  return record.status >= 500 || record.errorType !== '' ? 'error' : 'info';
}

function headOf(level: LogLevel): string {
  return levelMembers(level, severityOf(pinoLevelOf(level)));
}

function durationOf(record: WorkRecord): number {
  return Math.round(record.durationMs * 1000) / 1000;
}
