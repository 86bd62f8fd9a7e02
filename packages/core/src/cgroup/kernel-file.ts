/** Reading files of /proc and of cgroups, which exist or not, and may be refused, by kernel and container. */
import { readFileSync } from 'node:fs';

/**
 * The text of a file, or `undefined` if it cannot be read. These files are made by the kernel: no disk is waited
 * for.
 */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A whole number, or `undefined` if the text is something else, such as `max`. */
export function parseCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : undefined;
}

/** Lines of `key value`, as `cpu.stat` and `memory.stat` have them. */
export function parseKeyedCounts(text: string | undefined): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of (text ?? '').split('\n')) {
    const [key, value] = line.split(' ');
    const count = parseCount(value);
    if (key !== undefined && count !== undefined) counts.set(key, count);
  }
  return counts;
}
