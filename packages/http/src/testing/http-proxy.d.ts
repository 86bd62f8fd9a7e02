/** The part of http-proxy that the tests use; it has no types of its own. */
declare module 'http-proxy' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  interface ProxyOptions {
    readonly target: string;
  }
  interface Proxy {
    web(request: IncomingMessage, response: ServerResponse, options: ProxyOptions): void;
    close(): void;
  }
  const httpProxy: { createProxyServer(options?: object): Proxy };
  export default httpProxy;
}
