import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SqlDialect, sanitizeSql } from './sanitize-sql.js';
import { summaryOf } from './sql-summary.js';

describe('sanitizeSql keeps everything but the values', () => {
  test.each<[SqlDialect, string, string]>([
    [
      'postgresql',
      "select * from orders where id = 4711 and name = 'Ann''s'",
      'select * from orders where id = ? and name = ?',
    ],
    [
      'postgresql',
      'select $1::int, "order id" from t1 where a2 = $2',
      'select $1::int, "order id" from t1 where a2 = $2',
    ],
    ['postgresql', "select E'it\\'s', X'1F', U&'d\\0061t'", 'select ?, ?, ?'],
    ['postgresql', "select 'a\\', b", 'select ?, b'],
    ['postgresql', 'select $$secret$$, $tag$ $$ secret $tag$ from t', 'select ?, ? from t'],
    ['postgresql', 'select 1 -- secret\nfrom t /* a /* b */ secret */ where x', 'select ? from t where x'],
    ['postgresql', 'select -1.5e-3, .5, 0x1F, 1_000, a.b1, t.2x', 'select -?, ?, ?, ?, a.b1, t?'],
    ['postgresql', 'insert into t values (1, 2), (3, 4) , (5,6)', 'insert into t values (?)'],
    ['postgresql', 'select * from t where id in (1,2,3)', 'select * from t where id in (?)'],
    [
      'mysql',
      "select \"secret\", 'it\\'s', `col umn` from t # secret\nwhere a",
      'select ?, ?, `col umn` from t where a',
    ],
    ['mysql', "select _utf8mb4'x', b'01', @user, 5 --secret", 'select ?, ?, @user, ? --secret'],
    ['mysql', 'select 1 /* a /* b */ from t', 'select ? from t'],
    ['mysql', '', ''],
  ])('%s: %s', (dialect, statement, expected) => {
    expect(sanitizeSql(statement, dialect)).toBe(expected);
  });

  test.each<[SqlDialect, string]>([
    ['postgresql', "select 'secret"],
    ['postgresql', "select E'secret\\"],
    ['postgresql', 'select $x$ secret'],
    ['postgresql', 'select /* secret'],
    ['mysql', "select 'secret\\'"],
    ['mysql', 'select "secret'],
  ])('leaves out an unclosed literal or comment: %s %s', (dialect, statement) => {
    expect(sanitizeSql(statement, dialect)).not.toContain('secret');
  });

  test('cuts a long statement', () => {
    const text = sanitizeSql(`select ${'a, '.repeat(100_000)}'secret'`, 'mysql');
    expect(text.length).toBe(1024);
    expect(text.endsWith('…')).toBe(true);
  });
});

test('removes every value', () => {
  const value = fc.string({ unit: fc.constantFrom(...`a0'"\\$;-#/* \n\u00e4`), minLength: 1, maxLength: 30 });
  const quote: Readonly<Record<SqlDialect, (text: string) => string>> = {
    postgresql: (text) => `'${text.replaceAll("'", "''")}'`,
    mysql: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  };
  fc.assert(
    fc.property(fc.constantFrom<SqlDialect>('postgresql', 'mysql'), value, value, (dialect, first, second) => {
      const statement = `select ${quote[dialect](first)} , ${quote[dialect](second)} from t where n = 17 limit ${first.length}`;
      expect(sanitizeSql(statement, dialect)).toBe('select ? , ? from t where n = ? limit ?');
    }),
    { numRuns: 2000 },
  );
});

test.each<[SqlDialect, string]>([
  ['postgresql', "insert into t values (E'secret-\\'1\\\\', 'secret''2', $x$secret$x$, U&'secret')"],
  ['mysql', "insert into t values ('secret-\\'1\\\\', \"secret\\\"2''\", _utf8'secret')"],
])('removes every value from a statement of %s that ends anywhere', (dialect, statement) => {
  for (let end = 0; end <= statement.length; end++) {
    expect(sanitizeSql(statement.slice(0, end), dialect), statement.slice(0, end)).not.toContain('secr');
  }
});

test('reads any text without an error', () => {
  fc.assert(
    fc.property(fc.constantFrom<SqlDialect>('postgresql', 'mysql'), fc.string({ unit: 'binary' }), (dialect, text) => {
      const sanitized = sanitizeSql(text, dialect);
      expect(sanitized.length).toBeLessThanOrEqual(1024);
      summaryOf(sanitized);
    }),
  );
});

test.each([
  ['select * from orders where id = ?', 'SELECT', 'orders'],
  ['  insert into "sales"."orders" values (?)', 'INSERT', 'sales.orders'],
  ['UPDATE `orders` SET a = ?', 'UPDATE', 'orders'],
  ['delete from only orders', 'DELETE', 'orders'],
  ['create table if not exists orders (id int)', 'CREATE', 'orders'],
  ['with x as (select ? from a) select * from b', 'WITH', 'a'],
  ['select extract(epoch from now()), trim(both from name) from orders', 'SELECT', 'orders'],
  ['begin', 'BEGIN', ''],
  ['select ?', 'SELECT', ''],
  ['(select ? from t)', 'SELECT', 't'],
  ['', 'SQL', ''],
])('%s is %s %s', (statement, operation, target) => {
  expect(summaryOf(statement)).toEqual({ operation, target });
});
