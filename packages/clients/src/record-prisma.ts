/** Operations of Prisma, by a query extension: Prisma's own interface for each of them. */
import { endWork, reportInternalError, runInContext, startWork, type WorkRecord } from '@porthole/core/internal';
import { createDatabaseRecord, type DatabaseServer, failDatabaseCall } from './database-call.js';
import { rejectWrongClient } from './reject-wrong-client.js';

export interface RecordPrismaOptions {
  /**
   * `db.system.name`, one of OpenTelemetry's names: `postgresql`, `mysql`, `sqlite`. A Prisma extension cannot find it
   * out.
   */
  readonly system: string;
  /** `db.namespace`: the database's name. @defaultValue not recorded */
  readonly namespace?: string | undefined;
  /** The database's host. @defaultValue not recorded */
  readonly serverAddress?: string | undefined;
  /** The database's port. @defaultValue not recorded */
  readonly serverPort?: number | undefined;
}

/** Prisma's argument of a query extension, for one operation. */
export interface PrismaOperation {
  /** Undefined if the operation is a raw statement. */
  readonly model?: string | undefined;
  /** `findMany`, `$queryRaw`. */
  readonly operation: string;
  readonly args: unknown;
  readonly query: (args: never) => PromiseLike<unknown>;
}

/** An extension of Prisma 6 and 7, for `$extends`. */
export interface PrismaExtension {
  readonly name: string;
  readonly query: { readonly $allOperations: (operation: PrismaOperation) => Promise<unknown> };
}

/**
 * Records the operations of the extended client. Their results and errors stay the same.
 *
 * @throws PortholeError `PORTHOLE_CLIENT` if `options` is not an object.
 *
 * @example
 * const prisma = new PrismaClient({ adapter }).$extends(recordPrisma({ system: 'postgresql' }));
 */
export function recordPrisma(options: RecordPrismaOptions): PrismaExtension {
  const server = rejectWrongClient('recordPrisma', "options such as { system: 'postgresql' }", () => serverOf(options));

  function begin(operation: string, model = ''): WorkRecord | undefined {
    try {
      const record = createDatabaseRecord(server, operation, model);
      if (model !== '') record.setAttribute('db.collection.name', model);
      startWork(record);
      return record;
    } catch (error) {
      reportInternalError('clients', error);
      return undefined;
    }
  }

  return {
    name: 'porthole',
    query: {
      $allOperations: async ({ model, operation, args, query }) => {
        const record = begin(operation, model);
        if (record === undefined) return query(args as never);
        try {
          // Prisma begins when it is awaited: that must happen in the record's context, for the calls below it.
          return await runInContext(record, async () => await query(args as never));
        } catch (error) {
          // Prisma's messages quote values.
          failDatabaseCall(record, error);
          throw error;
        } finally {
          endWork(record);
        }
      },
    },
  };
}

function serverOf(options: RecordPrismaOptions): DatabaseServer {
  const { system, namespace = '', serverAddress: address = '', serverPort: port = 0 } = options;
  return { system, namespace, address, port };
}
