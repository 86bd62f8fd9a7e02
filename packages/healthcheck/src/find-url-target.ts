/** A server that is not Porthole's, asked by its URL. */
import type { Target } from './ask.js';
import { quote } from './quote.js';

const MAX_CHARACTERS = 2000;
const MAX_HOST_CHARACTERS = 253;

/**
 * `http://127.0.0.1:3000/health` as a target; or its mistake, in one sentence. Read as RFC 3986 has it,
 * not as browsers do (`URL`): nothing is mended or rewritten, so that the static probe takes it for the same.
 */
export function findUrlTarget(given: string, allowRemote: boolean): Target | string {
  const text = given.trim();
  if (/^(?:[^/?#]*:\/\/)?[^/?#]*@/.test(text)) return '--url takes no user and no password: a process list shows them';
  const invalid = (why: string): string => `--url ${quote(text)} is not valid: ${why}`;
  if (/^https:/i.test(text)) return invalid('the probe has no TLS; use http:');
  if (/[^!-~]/.test(text)) return invalid('percent-encode spaces, control and non-ASCII characters (%20)');
  if (text.length > MAX_CHARACTERS) return invalid(`it has more than ${MAX_CHARACTERS} characters`);
  const [, written = '', digits = '', path = ''] =
    /^http:\/\/(\[[\da-f:.]+\]|[\w.-]+)(?::([^/?#]*))?((?:[/?][^#]*)?)(?:#.*)?$/i.exec(text) ?? [];
  const host = written.toLowerCase();
  const canonical = canonicalHost(host);
  if (canonical === undefined) return invalid('expected a URL such as http://127.0.0.1:3000/health');
  // With zeros in front, or without a number, as all parsers of URLs take it.
  const port = /^\d*$/.test(digits) ? Number(digits || 80) : 0;
  if (port < 1 || port > 65535) return invalid('its port is not from 1 to 65535');
  if (!allowRemote && !isLoopback(canonical)) {
    return `--url ${quote(text)} is not on this machine, so it would fail with another one; --allow-remote permits it`;
  }
  const name = `${host}:${port}`;
  return {
    name,
    unreachable: `nothing answers on ${name}`,
    address: { host: host.replace(/[[\]]/g, ''), port },
    url: path.startsWith('/') ? path : `/${path}`,
    headers: { Host: port === 80 ? host : name, Accept: '*/*' },
  };
}

/**
 * `127.0.0.1` for `127.1`, a name as it is; `undefined` for a text that ends in a number, as no name does, and is not
 * an address.
 */
function canonicalHost(host: string): string | undefined {
  if (host === '' || host.length > MAX_HOST_CHARACTERS) return undefined;
  if (!/^\[|(?:^|\.)(?:\d+|0x[\da-f]*)$/.test(host)) return host;
  // inet_aton(3), which is asked in the end, takes no number without digits.
  if (/0x(?:\.|$)/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname;
}

/**
 * By its name, so that nothing has to be looked up: RFC 6761 for `localhost`, RFC 1122 and RFC 4291 for the addresses.
 */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
