/** Runs the README's code for query builders and ORMs unchanged, each in its own process. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type DatabaseServer,
  findPostgres,
  hasMariadb,
  startMariadb,
  startPostgres,
} from './testing/database-server.js';
import { skipWithoutServer } from './testing/required-server.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

const bin = findPostgres();
if (bin === undefined) skipWithoutServer('PostgreSQL (Debian package postgresql)');
if (!hasMariadb()) skipWithoutServer('MariaDB (Debian package mariadb-server)');

/** The README's code below the heading. */
function recipeOf(library: string): string {
  const [, section] = README.split(`\n### ${library}\n`);
  const [, block] = /```ts\n(.*?)```/s.exec(section ?? '') ?? [];
  if (block === undefined) throw new Error(`the README has no recipe for ${library}`);
  return block;
}

interface Outcome {
  readonly children: readonly string[];
  readonly others: number;
}

/**
 * Runs `use` four times at once, each as its own work, with two connections for all. Returns the child calls of the
 * first.
 */
async function runRecipe(recipe: string, use: string, close: string, url: string): Promise<Outcome> {
  const program = `
    import { withRecord } from '@porthole/core';
    import { addObserver } from '@porthole/core/internal';
    import { instrumentClients } from '@porthole/clients';
    const ended = [];
    instrumentClients();
    ${recipe}
    async function use() { ${use} }
    await use();
    addObserver({ component: 'test', end: (record) => { if (record.kind === 'client') ended.push(record); } });
    const request = () => withRecord({ name: 'request' }, async (record) => { await use(); return record; });
    const parents = await Promise.all([request(), request(), request(), request()]);
    const childrenOf = (parent) => ended.filter((record) => record.parentSpanId1 === parent.spanId1).map((record) => record.name);
    const [children, ...rest] = parents.map(childrenOf);
    const isSame = rest.every((other) => other.join() === children.join());
    console.log(JSON.stringify({ children, others: isSame ? ended.length - 4 * children.length : rest }));
    ${close}`;
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const script = ts.transpile(program, options);
  const args = ['--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: PACKAGE,
    env: { PATH: process.env.PATH, DATABASE_URL: url },
  });
  return JSON.parse(stdout) as Outcome;
}

describe.skipIf(bin === undefined)(
  'over pg, with the line of the README, statements are children of the work that sends them:',
  () => {
    let server: DatabaseServer;
    let url: string;

    beforeAll(async () => {
      server = await startPostgres(bin as string);
      url = `postgres://postgres@127.0.0.1:${server.port}/postgres`;
    }, 60_000);
    afterAll(() => server?.close());

    test('Knex', async () => {
      const use = `
      await db.select('rolname').from('pg_roles').where({ rolname: 'postgres' });
      await db.transaction((transaction) => transaction.raw('select 1'));`;
      const outcome = await runRecipe(recipeOf('Knex'), use, 'await db.destroy();', url);
      expect(outcome).toEqual({ children: ['SELECT pg_roles', 'BEGIN', 'SELECT', 'COMMIT'], others: 0 });
    });

    test('TypeORM', async () => {
      const use = `
      await dataSource.createQueryBuilder().select('rolname').from('pg_roles', 'r').getRawMany();
      await dataSource.transaction((manager) => manager.query('select $1::int', [1]));`;
      const outcome = await runRecipe(recipeOf('TypeORM'), use, 'await dataSource.destroy();', url);
      expect(outcome).toEqual({ children: ['SELECT pg_roles', 'START', 'SELECT', 'COMMIT'], others: 0 });
    });

    test('Sequelize', async () => {
      const use = `
      await sequelize.query('select rolname from pg_roles where rolname = $1', { bind: ['postgres'] });
      await sequelize.transaction((transaction) => sequelize.query('select 1', { transaction }));`;
      const outcome = await runRecipe(recipeOf('Sequelize'), use, 'await sequelize.close();', url);
      expect(outcome).toEqual({ children: ['SELECT pg_roles', 'START', 'SELECT', 'COMMIT'], others: 0 });
    });

    test('Drizzle', async () => {
      const use = `
      await db.execute("select rolname from pg_roles where rolname = 'postgres'");
      await db.transaction((transaction) => transaction.execute('select 1'));`;
      const outcome = await runRecipe(recipeOf('Drizzle'), use, 'await db.$client.end();', url);
      expect(outcome).toEqual({ children: ['SELECT pg_roles', 'BEGIN', 'SELECT', 'COMMIT'], others: 0 });
    });
  },
);

describe.skipIf(!hasMariadb())(
  'over mysql2, without a line, statements are children of the work that sends them:',
  () => {
    let server: DatabaseServer;
    let url: string;

    beforeAll(async () => {
      server = await startMariadb();
      url = `mysql://root@127.0.0.1:${server.port}/test`;
    }, 60_000);
    afterAll(() => server?.close());

    test.each([
      [
        'Knex',
        `import knex from 'knex'; const db = knex({ client: 'mysql2', connection: process.env.DATABASE_URL, pool: { max: 2 } });`,
        `await db.raw('select 1 from dual where 1 = ?', [1]);`,
        'await db.destroy();',
      ],
      [
        'TypeORM',
        `import { DataSource } from 'typeorm';
       const dataSource = new DataSource({ type: 'mysql', url: process.env.DATABASE_URL, poolSize: 2 });
       await dataSource.initialize();`,
        `await dataSource.query('select 1 from dual where 1 = ?', [1]);`,
        'await dataSource.destroy();',
      ],
      [
        'Sequelize',
        `import { Sequelize } from 'sequelize'; const sequelize = new Sequelize(process.env.DATABASE_URL, { logging: false });`,
        `await sequelize.query('select 1 from dual where 1 = ?', { replacements: [1] });`,
        'await sequelize.close();',
      ],
      [
        'Drizzle',
        `import { drizzle } from 'drizzle-orm/mysql2'; const db = drizzle(process.env.DATABASE_URL);`,
        `await db.execute('select 1 from dual where 1 = 1');`,
        'await db.$client.end();',
      ],
    ])('%s', async (_library, setup, use, close) => {
      const { children } = await runRecipe(setup, use, close, url);
      expect(children).toEqual(['SELECT dual']);
    });
  },
);
