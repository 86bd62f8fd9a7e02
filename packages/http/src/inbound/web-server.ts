/** Identifies the web servers of the application. */
import { Server as HttpServer } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import { Server as HttpsServer } from 'node:https';
import { unrecordedServers } from '@porthole/core/internal';

/** A server of `node:http`, `node:https` or `node:http2`. */
export type WebServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/** Whether `server` is a web server of the application, not one of Porthole's own. */
export function isWatchedServer(server: unknown): server is WebServer {
  return isWebServer(server) && !unrecordedServers.has(server);
}

/** Whether `server` takes HTTP/2, perhaps beside HTTP/1.1 (`allowHTTP1`). */
export function isHttp2Server(server: object): server is Http2Server | Http2SecureServer {
  // Node.js does not export their classes; of its servers only they have settings.
  return typeof (server as Partial<Http2Server>).updateSettings === 'function';
}

function isWebServer(server: unknown): server is WebServer {
  if (server instanceof HttpServer || server instanceof HttpsServer) return true;
  return typeof server === 'object' && server !== null && isHttp2Server(server);
}
