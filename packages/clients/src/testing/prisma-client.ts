/** Prisma's client for the schema of test/prisma. It is installed and generated at the first use. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import type { PrismaExtension } from '../record-prisma.js';

const FOLDER = fileURLToPath(new URL('../../../../test/prisma/', import.meta.url));

/** The part of the client that the tests use. Its own types exist only after it has been generated. */
export interface TestPrismaClient {
  readonly order: {
    create(args: unknown): Promise<unknown>;
    findMany(args?: unknown): Promise<unknown>;
    findUnique(args: unknown): Promise<unknown>;
    count(): Promise<number>;
  };
  $queryRaw(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<unknown>;
  $executeRawUnsafe(text: string): Promise<unknown>;
  $transaction(operations: readonly Promise<unknown>[]): Promise<unknown>;
  $transaction<T>(fn: (transaction: TestPrismaClient) => Promise<T>): Promise<T>;
  $extends(extension: PrismaExtension): TestPrismaClient;
  $disconnect(): Promise<void>;
}

interface TestPrisma {
  createPool(config: pg.PoolConfig): pg.Pool;
  createClient(pool: pg.Pool): TestPrismaClient;
}

/** Loads pg and the client. The first time takes half a minute. */
export function loadPrisma(): TestPrisma {
  if (!isInstalled()) runIn('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
  // The generator requires an engine that it does not use, and would download it. Its program also sends usage data.
  if (!existsSync(`${FOLDER}generated/index.js`)) {
    runIn('npx', ['prisma', 'generate'], { PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', CHECKPOINT_DISABLE: '1' });
  }
  return createRequire(import.meta.url)(`${FOLDER}client.cjs`) as TestPrisma;
}

function isInstalled(): boolean {
  const installed = `${FOLDER}node_modules/.package-lock.json`;
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${FOLDER}package-lock.json`).mtimeMs;
}

function runIn(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  execFileSync(program, args, { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } });
}
