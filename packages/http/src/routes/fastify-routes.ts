/** The routes of Fastify, from hooks that are added when an application is made. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { AttributeValue } from '@porthole/core';
import { guardedListener, ignoreRecord, reportInternalError } from '@porthole/core/internal';
import { noteAddress } from '../inbound/client-address.js';
import type { Instrumentation } from '../inbound/inbound.js';
import { type RecordedAnswer, recordOfAnswer } from '../inbound/inbound-record.js';
import { muteRequestLines, writeRecordLines } from './mute-request-lines.js';

/** The `config.porthole` of a route, which applies to its requests. */
export interface RouteConfig {
  /** `false` leaves the requests out: no line, no observation, no span. @defaultValue true */
  readonly record?: boolean | undefined;
  /** Attributes of the line and the span, by their semantic-convention names. @defaultValue none */
  readonly attributes?: Readonly<Record<string, AttributeValue>> | undefined;
}

/** The part of an application of Fastify 5 that is used. */
export interface FastifyApp {
  addHook(name: 'onRequest', hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void): unknown;
  addHook(
    name: 'onError',
    hook: (request: FastifyRequest, reply: FastifyReply, error: Error, done: () => void) => void,
  ): unknown;
}

interface FastifyRequest {
  readonly ip?: unknown;
  readonly routeOptions: { readonly url?: string | undefined; readonly config?: { readonly porthole?: RouteConfig } };
}

interface FastifyReply {
  readonly raw: RecordedAnswer;
}

const INITIALIZATION_CHANNEL = 'fastify.initialization';

/** Marks applications that have the hooks. Plugins get objects that inherit from their application. */
const HOOKED: unique symbol = Symbol.for('porthole.v1.fastify');

export interface FastifyOptions {
  /**
   * Whether records have lines. Then Fastify's own lines about requests and errors are muted while the instrumentation
   * is on.
   */
  readonly recordLines: boolean;
}

/** Adds the hooks to every Fastify application that is made from now on. */
export function instrumentFastify({ recordLines }: FastifyOptions): Instrumentation {
  const onInitialization = guardedListener('http', ({ fastify }: { readonly fastify: FastifyApp }) =>
    addFastifyHooks(fastify),
  );
  subscribe(INITIALIZATION_CHANNEL, onInitialization);
  const stopLines = recordLines ? writeRecordLines() : undefined;
  return {
    close: () => {
      unsubscribe(INITIALIZATION_CHANNEL, onInitialization);
      stopLines?.();
    },
  };
}

/**
 * Puts the route's template, its `config.porthole` and the error of each request on its record. Fastify's own lines
 * about requests are off while {@link instrumentFastify} runs with `recordLines`. A second call has no effect.
 */
export function addFastifyHooks(app: FastifyApp & { [HOOKED]?: true }): void {
  if (app[HOOKED]) return;
  app[HOOKED] = true;
  muteRequestLines(app);
  app.addHook('onRequest', (request, reply, done) => {
    try {
      noteRoute(request, reply);
    } catch (error) {
      reportInternalError('http', error);
    }
    done();
  });
  app.addHook('onError', (_request, { raw }, error, done) => {
    const record = recordOfAnswer(raw);
    // The first error stays: Fastify's line about it may be muted already.
    if (record?.error === undefined) record?.noteError(error);
    done();
  });
}

function noteRoute(request: FastifyRequest, { raw }: FastifyReply): void {
  const record = recordOfAnswer(raw);
  if (record === undefined) return;
  // Only an application with `trustProxy` has `ips`. Read now, since an HTTP/2 stream does not know its peer at the
  // end.
  if ('ips' in request) noteAddress(record, request);
  const { url, config } = request.routeOptions;
  // No route was found.
  if (url === undefined) return;
  record.route = url;
  const own = config?.porthole;
  if (own === undefined) return;
  if (own.record === false) ignoreRecord(record);
  for (const [name, value] of Object.entries(own.attributes ?? {})) record.setAttribute(name, value);
}
