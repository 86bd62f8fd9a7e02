import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorTypeOf, exceptionOf, exceptionOfThrown, isError } from './exception.js';

class OutOfStock extends Error {}

describe('the type of an error', () => {
  test.each([
    [new Error('x'), 'Error'],
    [new TypeError('x'), 'TypeError'],
    [new OutOfStock('x'), 'OutOfStock'],
    [Object.assign(new OutOfStock('x'), { name: 'StockError' }), 'StockError'],
    [Object.assign(new Error('x'), { name: '' }), 'Error'],
    [Object.assign(new Error('x'), { name: 7, type: 'own' }), 'Error'],
    [runInNewContext('new RangeError("x")'), 'RangeError'],
    [Object.create(OutOfStock.prototype), 'OutOfStock'],
    ['text', 'string'],
    [undefined, 'undefined'],
    [{ name: 'Error' }, 'object'],
  ])('%o has the type %s', (thrown, type) => {
    expect(errorTypeOf(thrown)).toBe(type);
    if (isError(thrown)) expect(exceptionOf(thrown).type).toBe(type);
  });

  test('can be told of anything that may be thrown, and never throws', () => {
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('no');
      },
    });
    for (const thrown of [hostile, Object.create(null), Symbol('x'), 10n]) {
      expect(errorTypeOf(thrown)).toEqual(expect.any(String));
    }
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => typeof errorTypeOf(thrown) === 'string'),
    );
  });
});

describe('the stack of an error', () => {
  test('is followed by those of its causes, and of the errors of an AggregateError', () => {
    const error = new Error('could not', {
      cause: new AggregateError([new TypeError('one'), new OutOfStock('two')], 'both'),
    });
    const { stacktrace } = exceptionOf(error);
    const firstLines = stacktrace.split('\n').filter((line) => !line.startsWith('    at '));
    expect(firstLines).toEqual([
      'Error: could not',
      'caused by: AggregateError: both',
      'caused by: TypeError: one',
      'caused by: Error: two',
    ]);
  });

  test('has each of several causes, also one that is there twice', () => {
    const [one, two] = [new TypeError('one'), new RangeError('two')];
    const { stacktrace } = exceptionOf(new AggregateError([one, two], 'both', { cause: one }));
    expect(stacktrace.match(/caused by: .*/g)).toEqual([
      'caused by: TypeError: one',
      'caused by: TypeError: one',
      'caused by: RangeError: two',
    ]);
  });

  test('ends where causes go round in a circle', () => {
    const error = new Error('round');
    error.cause = new Error('and round', { cause: error });
    expect(exceptionOf(error).stacktrace).toMatch(/caused by: …$/);
  });
});

describe('what is thrown and not an error', () => {
  test.each<[unknown, string, string]>([
    ['text', 'string', 'text'],
    [{ message: 'out of stock', code: 7 }, 'object', 'out of stock'],
    [{ code: 7 }, 'object', '{ code: 7 }'],
    [null, 'object', 'null'],
    [undefined, 'undefined', 'undefined'],
    [Symbol('sign'), 'symbol', 'Symbol(sign)'],
  ])('%o has a type and a message', (thrown, type, message) => {
    expect(exceptionOfThrown(thrown)).toEqual({ type, message, stacktrace: '' });
    expect(errorTypeOf(thrown)).toBe(type);
  });

  test('keeps a stack of its own, and is read even if it throws', () => {
    expect(exceptionOfThrown({ message: 'm', stack: 's' }).stacktrace).toBe('s');
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    expect(exceptionOfThrown(hostile)).toMatchObject({ type: 'object', stacktrace: '' });
  });

  test('an error is as it is', () => {
    const error = new TypeError('boom');
    expect(exceptionOfThrown(error)).toEqual(exceptionOf(error));
  });
});
