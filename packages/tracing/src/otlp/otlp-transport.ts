/** The contract of the clients for one OTLP receiver (https://opentelemetry.io/docs/specs/otlp/). */
import type { OtlpProtocol } from '@porthole/core';

/** The receiver has taken the request. */
export interface OtlpAccepted {
  readonly accepted: true;
  /** Spans or data points that the receiver has still rejected (a partial success). */
  readonly rejected: number;
}

/** The receiver has not taken the request, or that is unknown. */
export interface OtlpRefused {
  readonly accepted: false;
  /** OpenTelemetry's `error.type`: an HTTP status, a gRPC status, a system error's code, `timeout` or `closed`. */
  readonly errorType: string;
  /** Whether the specification wants the same request to be sent again. */
  readonly retryable: boolean;
  /** How long the receiver has asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

export type OtlpAnswer = OtlpAccepted | OtlpRefused;

/** The payload: the content of one `Export…ServiceRequest`. */
export type OtlpSignal = 'traces' | 'metrics';

/** PEM files' contents. */
export interface OtlpCertificates {
  /** Of the authorities that the receiver's certificate is checked against. @defaultValue those that Node.js trusts */
  readonly ca?: string | undefined;
  /** The certificate of the client, with its key. @defaultValue nothing */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The receiver of a signal and the protocol. */
export interface OtlpOptions {
  /** @defaultValue `'http/protobuf'` */
  readonly protocol?: OtlpProtocol;
  /** `http:` or `https:`. Over HTTP the full URL of the signal; of a gRPC receiver only scheme, host and port count. */
  readonly endpoint: string;
  /** Sent with each request; metadata, for gRPC. */
  readonly headers: Readonly<Record<string, string>>;
  /** For one request, from the first byte of the name look-up to the last of the answer. */
  readonly timeoutMs: number;
  /** @defaultValue `'none'` */
  readonly compression?: 'none' | 'gzip';
  /** @defaultValue none of our own */
  readonly certificates?: OtlpCertificates;
}

export interface OtlpClientOptions extends OtlpOptions {
  readonly signal: OtlpSignal;
}

/** Sends requests to one receiver, one at a time. */
export interface OtlpClient {
  /**
   * Makes the body for `send` of a protobuf message, once for all attempts; may take several turns of the event loop.
   * Rejects if the message is not valid.
   */
  encode(message: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
  /**
   * Sends the result of `encode`, within `limitMs` if that is less than the client's own limit. Never rejects. The
   * chunks are not read any more once the promise is resolved.
   */
  send(body: readonly Uint8Array[], limitMs?: number): Promise<OtlpAnswer>;
  /** Ends the request that is under way and closes the connection. */
  close(): void;
}
