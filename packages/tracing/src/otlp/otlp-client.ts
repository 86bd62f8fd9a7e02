/** The client for one OTLP receiver: three protocols behind one interface, for any signal. */
import { createGrpcClient } from './otlp-grpc-client.js';
import { createHttpClient } from './otlp-http-client.js';
import type { OtlpClient, OtlpClientOptions } from './otlp-transport.js';

/** A client with one connection, which is kept and does not keep the process alive. */
export function createOtlpClient(options: OtlpClientOptions): OtlpClient {
  return options.protocol === 'grpc' ? createGrpcClient(options) : createHttpClient(options);
}
