/** The server that a request of `node:http` or `node:https` goes to. */
import { Agent, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { WorkRecord } from '@porthole/core/internal';

/** A request, with Node's own fields. */
export type SentRequest = ClientRequest & {
  readonly socketPath?: string;
  readonly agent?: NodeAgent | undefined;
};

interface NodeAgent {
  readonly defaultPort?: number;
  readonly options?: { readonly proxyEnv?: unknown };
  readonly createConnection?: unknown;
  readonly createSocket?: unknown;
}

/**
 * Sets the server fields that are known before there is a connection. A Unix socket has its path as the address and no
 * port.
 */
export function setServer(record: WorkRecord, request: SentRequest): void {
  if (request.socketPath) {
    record.serverAddress = request.socketPath;
    return;
  }
  record.serverAddress = request.host;
  record.serverPort = portOfHeader(request, record.scheme);
}

/**
 * Sets the port, once there is a connection or the attempt has failed. A gateway may pass on its caller's `Host`
 * header, and that caller must not choose the port of a series. So `Host` counts only as Node.js writes it, behind an
 * agent that may connect to a proxy.
 */
export function noteServerPort(record: WorkRecord, request: SentRequest, error: unknown): void {
  if (request.socketPath) return;
  const port = isDirect(request.agent) ? (request.socket?.remotePort ?? portOf(error)) : undefined;
  if (port !== undefined) record.serverPort = port;
  else if (record.serverPort === 0 || !request.getRawHeaderNames().includes('Host')) {
    record.serverPort = request.socket?.remotePort ?? 0;
  }
}

/** Whether the peer of the agent's connections is the server: other agents may go through a proxy. */
function isDirect(agent: NodeAgent | undefined): boolean {
  if (agent === undefined) return true;
  const { createConnection, createSocket, options } = agent;
  if (createSocket !== SOCKET_MAKER || options?.proxyEnv !== undefined) return false;
  return createConnection === HTTP_CONNECTION_MAKER || createConnection === HTTPS_CONNECTION_MAKER;
}

const { createSocket: SOCKET_MAKER, createConnection: HTTP_CONNECTION_MAKER } = Agent.prototype as NodeAgent;
const { createConnection: HTTPS_CONNECTION_MAKER } = HttpsAgent.prototype as NodeAgent;

/** The port of a failed connection attempt (`ECONNREFUSED`). */
function portOf(error: unknown): number | undefined {
  const { port, errors } = (error ?? {}) as {
    readonly port?: unknown;
    readonly errors?: readonly { readonly port?: unknown }[];
  };
  const known = port ?? errors?.[0]?.port;
  return typeof known === 'number' ? known : undefined;
}

/**
 * The port in the `Host` header, which Node.js builds from the host and the port unless the caller sets it. A header
 * with another host does not contain the port.
 */
function portOfHeader(request: SentRequest, scheme: string): number {
  const header = request.getHeader('host');
  if (typeof header !== 'string') return 0;
  const { host } = request;
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  if (!header.startsWith(name)) return 0;
  if (header.length === name.length) return request.agent?.defaultPort ?? (scheme === 'https' ? 443 : 80);
  return header[name.length] === ':' ? Number(header.slice(name.length + 1)) || 0 : 0;
}
