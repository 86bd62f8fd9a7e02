/** Levels as pino counts them, and as OpenTelemetry does. */
import type { LogLevel } from '@porthole/core';
import { LOG_LEVELS } from '@porthole/core/internal';

/**
 * OpenTelemetry's severity number of a pino level: trace (10) is 1, debug 5, info 9, warn 13, error 17, fatal 21 (logs
 * data model, "Severity fields"). Custom levels get a number in between.
 */
export function severityOf(pinoLevel: number): number {
  return Math.min(24, Math.max(1, 1 + Math.floor(((pinoLevel - 10) * 4) / 10)));
}

/** The standard level of a pino level; of the next lower one for custom levels. */
export function standardLevelOf(pinoLevel: number): LogLevel {
  const index = Math.min(LOG_LEVELS.length - 1, Math.max(0, Math.floor(pinoLevel / 10) - 1));
  return LOG_LEVELS[index] as LogLevel;
}

/** The number that pino gives to a standard level. */
export function pinoLevelOf(level: LogLevel): number {
  return (LOG_LEVELS.indexOf(level) + 1) * 10;
}
