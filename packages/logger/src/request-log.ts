/**
 * One line for each unit of work that ends: the request line, and its like for messages, jobs and calls. It is the logger's
 * hot path, so the line is put together from parts that are made once for each method, route and status.
 */
import type { LogLevel, Observer, WorkRecord } from '@porthole/core';
import { exceptionMembers, exceptionOf, isError } from './exception.js';
import { PLAIN_RULES, renderFields } from './fields.js';
import { jsonString } from './json-string.js';
import { lineCountsOf } from './line-counts.js';
import type { LineSink } from './line-sink.js';
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
  const templates = new Map<string, RequestTemplate>();
  const userAgents = new Map<string, string>();
  return {
    component: 'logger',
    end(record) {
      const level = levelOf(record);
      if (!logger.isLevelEnabled(level)) return;
      counts[level] += 1;
      const isRequest = record.kind === 'server' && record.method !== '';
      const json = isRequest ? requestLine(record, level) : workLine(record, level, service);
      sink.write(finishLine(json, format, colour));
    },
  };

  function requestLine(record: WorkRecord, level: LogLevel): string {
    const { head, route, status } = templateOf(record, level);
    let line = `{"timestamp":"${timestampOf(Date.now())}${head}${traceMembers(record)}${route}`;
    line += `,"url.path":${jsonString(record.path, MAX_PATH_BYTES)}${status}`;
    if (record.responseBodyBytes >= 0) line += `,"http.response.body.size":${record.responseBodyBytes}`;
    if (record.clientAddress !== '') line += `,"client.address":${jsonString(record.clientAddress, MAX_TEXT_BYTES)}`;
    if (record.userAgent !== '') line += `,"user_agent.original":${userAgentJson(record.userAgent)}`;
    line += `,"duration_ms":${durationOf(record)}`;
    if (record.aborted) line += ',"aborted":true';
    if (isError(record.error)) line += exceptionMembers(exceptionOf(record.error), MAX_EXCEPTION_BYTES);
    return `${line}}`;
  }

  function templateOf(record: WorkRecord, level: LogLevel): RequestTemplate {
    const key = `${level} ${record.status} ${record.method} ${record.route}`;
    return templates.get(key) ?? remember(templates, key, requestTemplate(record, level, service));
  }

  function userAgentJson(userAgent: string): string {
    const known = userAgents.get(userAgent);
    if (known !== undefined) return known;
    const json = jsonString(userAgent, MAX_TEXT_BYTES);
    return userAgent.length <= MAX_TEXT_BYTES ? remember(userAgents, userAgent, json) : json;
  }
}

/** The parts of a request line that are the same for all requests of one level, method, route and status. */
interface RequestTemplate {
  /** From the level to the service's name. */
  readonly head: string;
  /** Method and route. */
  readonly route: string;
  /** The status code. */
  readonly status: string;
}

const MAX_ENTRIES = 1000;
// Together with the rest these stay below the line's 16 KiB.
const MAX_PATH_BYTES = 4096;
const MAX_TEXT_BYTES = 1024;
const MAX_EXCEPTION_BYTES = 6144;

function requestTemplate(record: WorkRecord, level: LogLevel, service: string): RequestTemplate {
  const { method, route, status } = record;
  const message = `${method} ${route === '' ? 'unmatched' : route} ${status === 0 ? '(no answer)' : status}`;
  const routeMember = route === '' ? '' : `,"http.route":${jsonString(route, MAX_TEXT_BYTES)}`;
  return {
    head: headOf(level) + jsonString(message, MAX_TEXT_BYTES) + service,
    route: `,"http.request.method":${jsonString(method, 64)}${routeMember}`,
    status: status === 0 ? '' : `,"http.response.status_code":${status}`,
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

/** Keeps an entry; starts over where there are too many, since what clients send must not pile up. */
function remember<V>(map: Map<string, V>, key: string, value: V): V {
  if (map.size >= MAX_ENTRIES) map.clear();
  map.set(key, value);
  return value;
}
