/** Free space on the file system that the service writes to. */
import { statfs } from 'node:fs/promises';
import type { HealthCheck } from '../health-check.js';
import { numberFrom, text } from '../option-value.js';

export interface DiskCheckOptions {
  /** A file or folder on the file system that is looked at. */
  readonly path: string;
  /** The bytes that have to be free. @defaultValue 100 MiB */
  readonly minFreeBytes?: number | undefined;
}

const MAX_BYTES = 2 ** 63;

/**
 * Fails if the file system has too little space left for this user.
 * @throws PortholeError `PORTHOLE_HEALTH_CHECK_OPTION` if a value is not allowed.
 *
 * @example
 * health.readiness('disk', diskCheck({ path: '/data', minFreeBytes: 2 ** 30 }));
 */
export function diskCheck(options: DiskCheckOptions): HealthCheck {
  const path = text('path', options.path);
  const minFreeBytes = numberFrom('minFreeBytes', options.minFreeBytes ?? 100 * 2 ** 20, 0, MAX_BYTES);
  return async () => {
    const { bavail, bsize } = await statfs(path);
    const free = bavail * bsize;
    if (free < minFreeBytes)
      throw new Error(`${path} has ${megabytes(free)} MB free, ${megabytes(minFreeBytes)} are needed`);
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
