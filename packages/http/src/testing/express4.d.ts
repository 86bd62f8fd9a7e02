/** Express 4, installed beside Express 5; it has no types of its own. */
declare module 'express4';
