/** TLS by a pre-shared key: it needs no certificate. */
import type { ConnectionOptions, TlsOptions } from 'node:tls';

const PSK = Buffer.alloc(16, 7);
const CIPHER = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;

export const TLS_SERVER: TlsOptions = { ...CIPHER, pskCallback: () => PSK };

export const TLS_CLIENT: ConnectionOptions = {
  ...CIPHER,
  pskCallback: () => ({ psk: PSK, identity: 'test' }),
  // There is no certificate to check; the types do not cover that.
  checkServerIdentity: () => undefined,
};
