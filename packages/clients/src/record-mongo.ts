/**
 * Commands of mongodb, from the driver's command monitoring: it emits an event at the start and the end of each
 * command.
 */
import { endWork, guardedListener, startWork, type WorkRecord } from '@porthole/core/internal';
import { createDatabaseRecord, type DatabaseServer, failDatabaseCall } from './database-call.js';
import { rejectWrongClient } from './reject-wrong-client.js';

/** The part of a `MongoClient` of mongodb 6 and 7 that is used. */
export interface MongoClient {
  on(event: 'commandStarted' | 'commandSucceeded' | 'commandFailed', listener: (event: never) => void): unknown;
}

interface CommandStarted {
  readonly requestId: number;
  readonly databaseName: string;
  readonly commandName: string;
  readonly command: Readonly<Record<string, unknown>>;
  /** `host:port`, `[::1]:27017`, or the path of a Unix socket. */
  readonly address: string;
}

interface CommandSucceeded {
  readonly requestId: number;
  readonly reply: unknown;
}

interface CommandFailed {
  readonly requestId: number;
  readonly failure: unknown;
}

const RECORDED: unique symbol = Symbol.for('porthole.v1.mongo');

/**
 * Records the commands of a client. Call it before the client connects, since open connections emit nothing. Returns
 * its argument, with the option `monitorCommands` on.
 *
 * @throws PortholeError `PORTHOLE_CLIENT` if `client` is not a MongoClient.
 *
 * @example
 * const client = recordMongo(new MongoClient('mongodb://orders-db:27017'));
 */
export function recordMongo<T extends MongoClient>(client: T): T {
  rejectWrongClient('recordMongo', 'a MongoClient of mongodb', () => recordCommands(client));
  return client;
}

function recordCommands(client: MongoClient): void {
  // The types of mongodb do not declare `monitorCommands`.
  const recorded = client as MongoClient & { monitorCommands: boolean; [RECORDED]?: true };
  if (recorded[RECORDED]) return;
  recorded[RECORDED] = true;
  recorded.monitorCommands = true;
  // Request ids are unique in the process, and each started command has an end event. Not a Map: see core's live-list.
  const inFlight: Record<number, WorkRecord | undefined> = {};

  // The driver was awaited by the caller, so the caller's work is active here.
  const onStarted = (event: CommandStarted): void => {
    const record = createCommandRecord(event);
    inFlight[event.requestId] = record;
    startWork(record);
  };
  const onEnded = ({ requestId }: { readonly requestId: number }, error: unknown): void => {
    const record = inFlight[requestId];
    if (record === undefined) return;
    delete inFlight[requestId];
    if (error !== undefined) failCommand(record, error);
    endWork(record);
  };
  client.on('commandStarted', guardedListener('clients', onStarted));
  client.on(
    'commandSucceeded',
    guardedListener('clients', (event: CommandSucceeded) => onEnded(event, writeErrorOf(event.reply))),
  );
  client.on(
    'commandFailed',
    guardedListener('clients', (event: CommandFailed) => onEnded(event, event.failure ?? new Error())),
  );
}

/** Commands on one collection. The names in other commands may be a user (`dropUser`), a role or a parameter. */
const OF_COLLECTION: ReadonlySet<string> = new Set([
  'aggregate',
  'collMod',
  'collStats',
  'compact',
  'convertToCapped',
  'count',
  'create',
  'createIndexes',
  'createSearchIndexes',
  'delete',
  'distinct',
  'drop',
  'dropIndexes',
  'dropSearchIndex',
  'find',
  'findAndModify',
  'getMore',
  'insert',
  'killCursors',
  'listIndexes',
  'mapReduce',
  'update',
  'updateSearchIndex',
  'validate',
]);

/** Keeps the command's name and its collection, but no filter, document or reply. */
function createCommandRecord({ address, databaseName, commandName, command }: CommandStarted): WorkRecord {
  const collection = collectionOf(commandName, command);
  const record = createDatabaseRecord(serverOf(address, databaseName), commandName, collection);
  if (collection !== '') record.setAttribute('db.collection.name', collection);
  return record;
}

function collectionOf(commandName: string, command: CommandStarted['command']): string {
  if (!OF_COLLECTION.has(commandName)) return '';
  const named = commandName === 'getMore' ? command.collection : command[commandName];
  return typeof named === 'string' ? named : '';
}

function serverOf(address: string, namespace: string): DatabaseServer {
  const [, host = address, port = '0'] = /^\[?([^\]/]+?)\]?:(\d+)$/.exec(address) ?? [];
  return { system: 'mongodb', namespace, address: host, port: Number(port) };
}

/** The error in a successful reply: the driver reports a rejected write as a success. */
function writeErrorOf(reply: unknown): unknown {
  const { writeErrors, writeConcernError } = (reply ?? {}) as {
    readonly writeErrors?: readonly unknown[];
    readonly writeConcernError?: unknown;
  };
  return writeErrors?.[0] ?? writeConcernError;
}

/** The server's codes are numbers (`11000`). A command whose error has none never reached the server. */
function failCommand(record: WorkRecord, error: unknown): void {
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'number') {
    record.errorType = String(code);
    record.setAttribute('db.response.status_code', record.errorType);
  } else failDatabaseCall(record, error);
}
