/** The members of a unit of work for an application. The class behind it has the members that the family needs, too. */
import type { AttributeValue, WorkKind } from './work-record.js';

/** The record of one unit of work: a request that came in, a call that went out, a message, a job. */
export interface PublicRecord {
  readonly kind: WorkKind;
  /** The name of work without a route: a job's, a queue's or an operation's name. */
  name: string;
  /** How long the work took, in milliseconds; so far, if it is not over. */
  readonly durationMs: number;
  /** Whether the span of this record is recorded; decided by the sampler when the work starts. */
  readonly sampled: boolean;
  /** HTTP: the request method as sent, or empty for work that is not HTTP. */
  readonly method: string;
  /** HTTP: the route's template (`/orders/:id`), or empty while it is not known. */
  route: string;
  /** HTTP: the path without its query string. */
  readonly path: string;
  /** HTTP: `http` or `https`. */
  readonly scheme: string;
  /** HTTP: the version of the protocol, `1.1`. */
  readonly protocolVersion: string;
  /** HTTP: the status code of the answer; 0 if there was none. */
  readonly status: number;
  /** HTTP: bytes of the answer's body that were sent, or -1 if they are not known. */
  readonly responseBodyBytes: number;
  /** The host and port that were called (`client`) or that answered (`server`), if known. */
  readonly serverAddress: string;
  readonly serverPort: number;
  /** The address the caller came from, if known. */
  clientAddress: string;
  /** HTTP: the `User-Agent` header, if there was one. */
  readonly userAgent: string;
  /** The caller went away, or the answer was cut off, before it was complete. */
  readonly aborted: boolean;
  /** The thrown value, if any; `noteError` and `fail` set it. */
  readonly error: unknown;
  /** OpenTelemetry's `error.type`: an exception's name or a status code; empty if the work did not fail. */
  errorType: string;
  /** Attributes beyond the fields above, by their semantic-convention names; `setAttribute` sets them. */
  readonly attributes: Readonly<Record<string, AttributeValue>> | undefined;

  /**
   * Sets an attribute; a name that is not a text is counted as an internal error. The `http.route` of a request is its
   * `route`: a non-empty text, cut at 1,024 characters. Never throws.
   */
  setAttribute(name: string, value: AttributeValue): void;
  /**
   * Notes a thrown value, which the work may have handled: it is shown, and `error.type` stays as it is. Never
   * throws.
   */
  noteError(error: unknown): void;
  /** Notes that the work failed with `error`, which becomes `error.type` unless that is set already. Never throws. */
  fail(error: unknown): void;
}
