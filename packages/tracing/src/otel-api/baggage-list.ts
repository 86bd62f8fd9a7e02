/** The `baggage` header (https://www.w3.org/TR/baggage/) as the OpenTelemetry API's `Baggage`, and back. */
import { type Baggage, type BaggageEntry, baggageEntryMetadataFromString, propagation } from '@opentelemetry/api';
import { MAX_BAGGAGE_BYTES } from '@porthole/core/internal';

/** An unchanged list goes out as it came in. */
const lists = new WeakMap<Baggage, string>();

/** The entries of `list`; members that are not valid are left out. */
export function parseBaggage(list: string): Baggage {
  // No prototype: `__proto__` is a name like any other.
  const entries: Record<string, BaggageEntry> = Object.create(null);
  for (const member of list.split(',')) {
    const [pair = '', ...properties] = member.split(';');
    const equals = pair.indexOf('=');
    const key = pair.slice(0, Math.max(equals, 0)).trim();
    const value = decode(pair.slice(equals + 1).trim());
    if (key === '' || value === undefined) continue;
    const metadata = properties.map((property) => property.trim()).join(';');
    entries[key] = metadata === '' ? { value } : { value, metadata: baggageEntryMetadataFromString(metadata) };
  }
  const baggage = propagation.createBaggage(entries);
  lists.set(baggage, list);
  return baggage;
}

const MAX_MEMBERS = 64;

/** `token` of RFC 9110, the form of a key. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const PRINTABLE_ASCII = /^[\t\x20-\x2b\x2d-\x7e]*$/;

/** The list of `baggage`, or undefined if it has no entries. Entries beyond the W3C's limits are left out. */
export function formatBaggage(baggage: Baggage): string | undefined {
  const unchanged = lists.get(baggage);
  if (unchanged !== undefined) return unchanged;
  const members: string[] = [];
  let bytes = 0;
  for (const [key, { value, metadata }] of baggage.getAllEntries()) {
    if (!TOKEN.test(key) || members.length === MAX_MEMBERS) continue;
    const properties = metadata?.toString() ?? '';
    const suffix = properties !== '' && PRINTABLE_ASCII.test(properties) ? `;${properties}` : '';
    const member = `${key}=${encodeURIComponent(toWellFormed(String(value)))}${suffix}`;
    const bytesWithMember = bytes + (members.length === 0 ? 0 : 1) + member.length;
    if (bytesWithMember > MAX_BAGGAGE_BYTES) continue;
    bytes = bytesWithMember;
    members.push(member);
  }
  return members.length === 0 ? undefined : members.join(',');
}

/** `encodeURIComponent` throws at half a surrogate pair. */
function toWellFormed(value: string): string {
  return Buffer.from(value).toString();
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
