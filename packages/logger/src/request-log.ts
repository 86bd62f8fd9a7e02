/**
 * One line for each unit of work that ends: the request line, and its like for messages, jobs and calls. It is the
 * logger's hot path, so the line is put together from parts that are made once for each method, route and status.
 */
import type { LogLevel, Observer } from '@porthole/core';
import {
  createRecordCache,
  createTextCache,
  exceptionOfThrown,
  methodAttributes,
  type WorkRecord,
  wallClock,
} from '@porthole/core/internal';
import { errorMembers } from './exception.js';
import { PLAIN_RULES, renderFields } from './fields.js';
import { jsonString } from './json-string.js';
import { lineCountsOf } from './line-counts.js';
import type { LineRoom, LineSink } from './line-output.js';
import { LineWriter, writeDigits3, writeHex8, writeHex32 } from './line-writer.js';
import { finishLine, type LogFormat, levelMembers, MAX_LINE_BYTES, serviceMember, traceMembers } from './log-line.js';
import type { Logger } from './logger-type.js';
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
 * Makes the observer that writes the lines: `info`, `error` if the work failed or the status is 500 or above, and
 * `debug` for calls to others (kind `client`).
 */
export function createRequestLog(options: RequestLogOptions): Observer {
  const { logger, sink, format, colour = false } = options;
  const counts = lineCountsOf(logger);
  const service = serviceMember(options.serviceName);
  const templates = createRecordCache((record) => requestTemplate(record, levelOf(record), service));
  const clientAddress = createTextCache((address) => textMember('client.address', address));
  const userAgent = createTextCache((agent) => textMember('user_agent.original', agent));
  const writer = new LineWriter();
  return {
    component: 'logger',
    end(record) {
      const level = levelOf(record);
      if (!logger.isLevelEnabled(level)) return;
      counts[level] += 1;
      if (record.kind !== 'server' || record.method === '' || record.attributes !== undefined) {
        sink.write(finishLine(workLine(record, level, service), format, colour));
        return;
      }
      const template = templates.of(record);
      const exception = errorMembers(record.error, MAX_EXCEPTION_BYTES);
      const maxBytes = maxBytesOf(record, template);
      if (format === 'json') {
        const room = sink.reserve(maxBytes);
        if (room === undefined) return;
        writeRequestLine(record, template, exception, room);
        sink.commit(writer.end - room.end);
      } else {
        const buffer = Buffer.allocUnsafe(maxBytes);
        writeRequestLine(record, template, exception, { buffer, end: 0 });
        sink.write(finishLine(buffer.toString('utf8', 0, writer.end - 1), format, colour));
      }
    },
  };

  /** Writes the line, its line feed included. */
  function writeRequestLine(
    record: WorkRecord,
    template: RequestTemplate,
    exception: string,
    { buffer, end }: LineRoom,
  ): void {
    stampTime(template, wallClock.epochMsAt(record.endMs));
    stampTrace(template, record);
    writer.begin(buffer, end);
    writer.bytes(template.head);
    writer.json(record.path, MAX_PATH_BYTES);
    if (record.responseBodyBytes < 0) {
      writer.bytes(template.status);
    } else {
      writer.bytes(template.statusAndSize);
      writer.integer(record.responseBodyBytes);
    }
    if (record.clientAddress !== '') writer.bytes(clientAddress(record.clientAddress));
    if (record.userAgent !== '') writer.bytes(userAgent(record.userAgent));
    writer.bytes(PART.duration);
    writer.thousandths(Math.max(0, Math.round(record.durationMs * 1000)));
    if (record.aborted) writer.bytes(PART.aborted);
    if (exception !== '') writer.text(exception);
    writer.bytes(PART.end);
  }
}

/** Lines of one second share all of the time but the milliseconds. */
function stampTime(template: RequestTemplate, epochMs: number): void {
  const second = Math.floor(epochMs / 1000);
  if (second !== template.second) {
    template.head.write(timestampOf(epochMs), TIME_AT, 'latin1');
    template.second = second;
  }
  writeDigits3(template.head, MS_AT, epochMs - second * 1000);
}

function stampTrace({ head, traceIdAt, spanIdAt, traceFlagsAt }: RequestTemplate, record: WorkRecord): void {
  writeHex32(head, traceIdAt, record.traceId0);
  writeHex32(head, traceIdAt + 8, record.traceId1);
  writeHex32(head, traceIdAt + 16, record.traceId2);
  writeHex32(head, traceIdAt + 24, record.traceId3);
  writeHex32(head, spanIdAt, record.spanId0);
  writeHex32(head, spanIdAt + 8, record.spanId1);
  writeHex8(head, traceFlagsAt, record.traceFlags & 0xff);
}

/** The parts of a request line that are the same for all requests of one method, route and outcome. */
interface RequestTemplate {
  /** From the beginning of the line to the path. Its time and ids are those of the line that was written last. */
  readonly head: Buffer;
  /** The second of the time in `head`, since the epoch. */
  second: number;
  /** The positions of the ids in `head`. */
  readonly traceIdAt: number;
  readonly spanIdAt: number;
  readonly traceFlagsAt: number;
  /** The status code, and the same with the body's size up to its value. */
  readonly status: Uint8Array;
  readonly statusAndSize: Uint8Array;
}

const BEGINNING = '{"timestamp":"';
const TIME_AT = BEGINNING.length;
const ANY_TIME = timestampOf(0);
const MS_AT = TIME_AT + ANY_TIME.indexOf('.') + 1;

/** The members that many requests have, up to their values. */
const PART = {
  duration: Buffer.from(',"duration_ms":'),
  aborted: Buffer.from(',"aborted":true'),
  end: Buffer.from('}\n'),
} as const;

// Together with the rest these stay below the line's 16 KiB.
const MAX_PATH_BYTES = 4096;
const MAX_TEXT_BYTES = 1024;
const MAX_EXCEPTION_BYTES = 6144;

/** Of all members that have no limit of their own: numbers and the text around the values. */
const MAX_SMALL_BYTES = 256;

/** The most that one UTF-16 unit takes, `\u0000`. */
const MAX_UNIT_BYTES = 6;

function maxBytesOf(record: WorkRecord, { head }: RequestTemplate): number {
  const units = record.path.length + record.clientAddress.length + record.userAgent.length;
  const exceptionBytes = record.error === undefined ? 0 : MAX_EXCEPTION_BYTES;
  return Math.min(MAX_LINE_BYTES + 1, head.length + units * MAX_UNIT_BYTES + MAX_SMALL_BYTES + exceptionBytes);
}

function requestTemplate(record: WorkRecord, level: LogLevel, service: string): RequestTemplate {
  const { method, route, status } = record;
  const routeMember = route === '' ? '' : `,"http.route":${jsonString(route, MAX_TEXT_BYTES)}`;
  const statusMember = status === 0 ? '' : `,"http.response.status_code":${status}`;
  const upToTrace = Buffer.from(
    `${BEGINNING}${ANY_TIME}${headOf(level)}${jsonString(requestMessage(record), MAX_TEXT_BYTES)}${service}`,
  );
  const trace = traceMembers(record);
  const upToPath = `${methodMembers(method)}${routeMember},"url.path":`;
  const after = (member: string): number => upToTrace.length + trace.indexOf(member) + member.length;
  return {
    head: Buffer.concat([upToTrace, Buffer.from(trace + upToPath)]),
    second: Number.NaN,
    traceIdAt: after('"trace_id":"'),
    spanIdAt: after('"span_id":"'),
    traceFlagsAt: after('"trace_flags":"'),
    status: Buffer.from(statusMember),
    statusAndSize: Buffer.from(`${statusMember},"http.response.body.size":`),
  };
}

function methodMembers(method: string): string {
  const members = Object.entries(methodAttributes(method)).map(
    ([name, value]) => `,"${name}":${jsonString(value, 64)}`,
  );
  return members.join('');
}

function requestMessage({ method, route, status }: WorkRecord): string {
  return `${method} ${route === '' ? 'unmatched' : route} ${status === 0 ? '(no answer)' : status}`;
}

function textMember(name: string, text: string): Uint8Array {
  return Buffer.from(`,"${name}":${jsonString(text, MAX_TEXT_BYTES)}`);
}

/**
 * A line for work of any kind and with any attributes, which replace members of the record of the same name.
 */
function workLine(record: WorkRecord, level: LogLevel, service: string): string {
  const time = timestampOf(wallClock.epochMsAt(record.endMs));
  const message = jsonString(messageOf(record), MAX_TEXT_BYTES);
  const head = `${BEGINNING}${time}${headOf(level)}${message}${service}${traceMembers(record)}`;
  const { error } = record;
  const found = error === undefined ? undefined : { key: '', exception: exceptionOfThrown(error) };
  const fields = {
    ...fieldsOf(record),
    ...record.attributes,
    duration_ms: durationOf(record),
    ...(record.aborted ? { aborted: true } : undefined),
  };
  const budget = { bytes: MAX_LINE_BYTES - 2 - Buffer.byteLength(head) };
  const members = renderFields(fields, found, undefined, PLAIN_RULES, budget);
  return `${head}${members.map((member) => member.json).join('')}}`;
}

function messageOf(record: WorkRecord): string {
  if (record.method !== '' && record.kind === 'server') return requestMessage(record);
  if (record.name !== '') return record.name;
  return record.method === ''
    ? record.kind
    : [record.method, record.serverAddress, record.status || ''].join(' ').trim();
}

function fieldsOf(record: WorkRecord): Readonly<Record<string, unknown>> {
  const { method } = record;
  if (method === '') return {};
  const methodFields = methodAttributes(method);
  if (record.kind !== 'server') {
    return {
      ...methodFields,
      'server.address': record.serverAddress || undefined,
      'server.port': record.serverPort || undefined,
      'url.path': record.path || undefined,
      'http.response.status_code': record.status || undefined,
    };
  }
  return {
    ...methodFields,
    'http.route': record.route || undefined,
    'url.path': record.path,
    'http.response.status_code': record.status || undefined,
    'http.response.body.size': record.responseBodyBytes < 0 ? undefined : record.responseBodyBytes,
    'client.address': record.clientAddress || undefined,
    'user_agent.original': record.userAgent || undefined,
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
