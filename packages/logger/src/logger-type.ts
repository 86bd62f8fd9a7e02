/**
 * The type of the application's logger. It is structural and imports nothing of pino: loggers of pino 9.0 to 10 fit it,
 * whichever the application has installed.
 */

/** A method of a level: an object or an error, a message, and the values of `%s`, `%d` and `%o` in the message. */
export interface LogMethod {
  // biome-ignore lint/suspicious/noExplicitAny: pino formats values of every type
  (message: string, ...values: any[]): void;
  // biome-ignore lint/suspicious/noExplicitAny: pino formats values of every type
  (fields: unknown, message?: string, ...values: any[]): void;
}

/** pino's options of a child logger. */
export interface ChildOptions {
  level?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a serializer takes the value that it was written for
  serializers?: { [name: string]: (value: any) => any };
  customLevels?: { [level: string]: number };
  formatters?: {
    level?: (label: string, number: number) => object;
    // biome-ignore lint/suspicious/noExplicitAny: bindings are the application's
    bindings?: (bindings: Record<string, any>) => object;
    log?: (object: object) => object;
  };
  // biome-ignore lint/suspicious/noExplicitAny: a censor takes any value
  redact?: string[] | { paths: string[]; censor?: string | ((value: any, path: string[]) => any); remove?: boolean };
  msgPrefix?: string;
}

/** The members of a pino logger beyond Fastify's `FastifyBaseLogger`. */
type PinoMember =
  | 'bindings'
  | 'flush'
  | 'isLevelEnabled'
  | 'levels'
  | 'levelVal'
  | 'msgPrefix'
  | 'off'
  | 'on'
  | 'onChild'
  | 'once'
  | 'removeListener'
  | 'setBindings'
  | 'version';

/**
 * A pino logger. Its required members are those of Fastify's `FastifyBaseLogger`: `fastify({ loggerInstance: logger })`
 * is a plain `FastifyInstance` only if each type fits the other. The other members of pino are there, and not checked
 * by the compiler.
 */
// biome-ignore lint/suspicious/noExplicitAny: an optional member can be called without a check only if it is `any`
export interface Logger extends Partial<Record<PinoMember, any>> {
  /** The least severe level that is written, or `silent`. It can be changed. */
  level: string;
  fatal: LogMethod;
  error: LogMethod;
  warn: LogMethod;
  info: LogMethod;
  debug: LogMethod;
  trace: LogMethod;
  /** Writes nothing. */
  silent: LogMethod;
  /** A logger whose lines have `bindings` too; with `customLevels`, it has a method for each of them. */
  child<Level extends string>(
    // biome-ignore lint/suspicious/noExplicitAny: bindings are the application's
    bindings: Record<string, any>,
    options: ChildOptions & { customLevels: Record<Level, number> },
    // biome-ignore lint/suspicious/noExplicitAny: with any other type, FastifyBaseLogger does not fit
  ): Logger & Record<Level, any>;
  // biome-ignore lint/suspicious/noExplicitAny: bindings are the application's
  child(bindings: Record<string, any>, options?: ChildOptions): Logger;
}
