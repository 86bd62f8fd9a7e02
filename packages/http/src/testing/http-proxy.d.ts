/** The part of http-proxy that the tests use; it has no types of its own. */
declare module 'http-proxy' {
  import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';

  interface ProxyOptions {
    readonly target: string;
  }
  interface Proxy {
    web(request: IncomingMessage, response: ServerResponse, options: ProxyOptions): void;
    on(event: 'proxyReq', listener: (passed: ClientRequest, request: IncomingMessage) => void): void;
    close(): void;
  }
  const httpProxy: { createProxyServer(options?: object): Proxy };
  export default httpProxy;
}
