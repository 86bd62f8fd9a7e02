/**
 * Values of options, which are refused at once if they are not valid: a check with a limit of NaN
 * would always pass.
 */
import { PortholeError } from '@porthole/core';

/** The code of the error. */
export type OptionErrorCode = 'PORTHOLE_HEALTH_CHECK_OPTION';

/** A time from `min` to `max`. @throws PortholeError */
export function milliseconds(option: string, value: number, min: number, max: number): number {
  return numberFrom(option, value, min, max, 'a number of milliseconds');
}

/** A number from `min` to `max`; `what` names these numbers in the error. @throws PortholeError */
export function numberFrom(option: string, value: number, min: number, max: number, what = 'a number'): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw badOption(option, show(value), `${what} from ${min} to ${max}`);
}

/** A whole number from `min` to `max`. @throws PortholeError */
export function wholeNumber(option: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw badOption(option, show(value), `a whole number from ${min} to ${max}`);
}

/** A part of a whole. @throws PortholeError */
export function share(option: string, value: number): number {
  if (typeof value === 'number' && value > 0 && value <= 1) return value;
  throw badOption(option, show(value), 'a number above 0 and up to 1');
}

/** A text that is not empty. @throws PortholeError */
export function text(option: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw badOption(option, show(value), 'a text that is not empty');
}

/** The error of an option whose value is not allowed; `shown` is the value as a person may see it. */
export function badOption(option: string, shown: string, expected: string): PortholeError {
  return new PortholeError<OptionErrorCode>(`${option}: ${shown} is not valid: expected ${expected}`, {
    code: 'PORTHOLE_HEALTH_CHECK_OPTION',
  });
}

/** A value as an error shows it, in short. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `(${typeof value})`;
}
