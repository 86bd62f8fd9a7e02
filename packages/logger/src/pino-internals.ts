/** The used internals of pino; the version is pinned for it. */
import { pino } from 'pino';
import type { FieldRules } from './fields.js';

const symbols: typeof pino.symbols = pino.symbols;

type Stringifiers = Readonly<Record<PropertyKey, ((value: unknown) => unknown) | undefined>>;

/** A logger of pino's as it is inside. */
export interface PinoInternals {
  readonly levels: { readonly labels: Readonly<Record<number, string>> };
  child(bindings: object, options?: object): PinoInternals;
  bindings(): Record<string, unknown>;
  setBindings(bindings: object): void;
  onChild(instance: PinoInternals): void;
  [symbols.asJsonSym](fields: unknown, message: unknown, level: number): string;
  readonly [symbols.serializersSym]: Readonly<Record<string, unknown>>;
  readonly [symbols.stringifiersSym]: Stringifiers;
  readonly [symbols.formattersSym]: {
    readonly log?: (fields: object) => object;
    readonly bindings?: (bindings: object) => object;
  };
}

/** How an instance's serializers and its redaction change a field; both may differ from child to child. */
export function createFieldRules(logger: PinoInternals): (instance: PinoInternals) => FieldRules {
  const pinoStringifiers = logger[symbols.stringifiersSym];
  return (instance) => {
    const serializers = instance[symbols.serializersSym];
    const stringifiers = instance[symbols.stringifiersSym];
    if (stringifiers === pinoStringifiers) return { serializers };
    return { serializers, redact: (key, value) => redacted(stringifiers, key, value) };
  };
}

/** pino's redaction gives JSON; parsed again, it takes the same way as every other value. */
function redacted(stringifiers: Stringifiers, key: string, value: unknown): unknown {
  const stringify = stringifiers[key] ?? stringifiers[symbols.wildcardFirstSym];
  if (stringify === undefined) return value;
  const json = stringify(value);
  return typeof json === 'string' ? JSON.parse(json) : undefined;
}
