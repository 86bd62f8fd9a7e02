import { expect, test } from 'vitest';
import { chooseControlSocket } from './choose-control-socket.js';

const sockets = [{ pid: 40 }, { pid: 7 }, { pid: 1 }, { pid: 12 }];

test('pid 1 is asked first, then the lowest pid, and never the asking process itself', () => {
  expect(chooseControlSocket(sockets, 99)).toEqual({ pid: 1 });
  expect(chooseControlSocket(sockets, 1)).toEqual({ pid: 7 });
  expect(chooseControlSocket([{ pid: 5 }], 5)).toBeUndefined();
  expect(chooseControlSocket([], 5)).toBeUndefined();
});
