/** The server in the origin of a URL. */

/** The fields of a record about the called server. */
export interface CalledServer {
  /** `http` or `https`; empty if the origin is not known. */
  readonly scheme: string;
  /** The host name or address, an IPv6 address without brackets. */
  readonly address: string;
  /** 0 if it is not known. */
  readonly port: number;
}

const UNKNOWN: CalledServer = { scheme: '', address: '', port: 0 };

/** The size of the cache of origins: parsing one takes longer than the rest of the work for a request. */
const MAX_SERVERS = 1024;
const servers = new Map<string, CalledServer>();

/** The server of `origin`: a URL or its origin. */
export function serverOf(origin: unknown): CalledServer {
  if (origin === undefined || origin === null) return UNKNOWN;
  const key = typeof origin === 'string' ? origin : String(origin);
  const known = servers.get(key);
  if (known !== undefined) return known;
  const server = parse(key);
  if (servers.size >= MAX_SERVERS) servers.clear();
  servers.set(key, server);
  return server;
}

function parse(origin: string): CalledServer {
  if (!URL.canParse(origin)) return UNKNOWN;
  const { protocol, hostname, port } = new URL(origin);
  return {
    scheme: protocol.slice(0, -1),
    // A URL has an IPv6 address in brackets, `server.address` has none.
    address: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
}
