/** A server that is not Porthole's, asked by its URL. */
import type { Target } from './ask.js';

/** `http://127.0.0.1:3000/health` as what is asked; or what is wrong with it, in one sentence. */
export function findUrlTarget(text: string, allowRemote: boolean): Target | string {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (text.startsWith('https://'))
    return `--url ${shown} is not valid: the probe speaks no TLS; ask the server by http:`;
  if (url?.protocol !== 'http:')
    return `--url ${shown} is not valid: expected a URL such as http://127.0.0.1:3000/health`;
  if (url.username !== '' || url.password !== '')
    return '--url takes no user and no password: a process list shows them';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!allowRemote && !isLoopback(host)) {
    return `--url ${shown} is not on this machine: a health check that asks another one fails with it; --allow-remote asks all the same`;
  }
  const port = Number(url.port || 80);
  const name = `${url.hostname}:${port}`;
  return {
    name,
    nobody: `nothing answers on ${name}`,
    address: { host, port },
    url: url.pathname + url.search,
    headers: { Host: url.host, Accept: '*/*' },
  };
}

/** By its name, so that nothing has to be looked up: RFC 6761 for `localhost`, RFC 1122 and RFC 4291 for the addresses. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
