/** A certificate that has to be valid for some time yet: one in a file, or the one that a server shows. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { CheckContext, HealthCheck } from '../health-check.js';
import { numberFrom, text, wholeNumber } from '../option-value.js';

interface CertificateValidity {
  /** How many days it has to be valid yet; 0 to 3650. @defaultValue 14 */
  readonly minDays?: number | undefined;
}

/** A file in PEM. */
export interface CertificateFile extends CertificateValidity {
  readonly file: string;
}

/** A server that speaks TLS. */
export interface CertificateServer extends CertificateValidity {
  readonly host: string;
  /** @defaultValue 443 */
  readonly port?: number | undefined;
}

const DAY_MS = 86_400_000;

const MAX_DAYS = 3650;

/**
 * Fails if the certificate ends too soon, is not valid yet, or cannot be had. Its signer is not checked.
 * @throws PortholeError `PORTHOLE_HEALTH_CHECK_OPTION` if a value is not allowed.
 *
 * @example
 * health.readiness('certificate', certificateCheck({ file: '/tls/tls.crt', minDays: 7 }), { critical: false, cacheMs: 3_600_000 });
 */
export function certificateCheck(options: CertificateFile | CertificateServer): HealthCheck {
  const minDays = numberFrom('minDays', options.minDays ?? 14, 0, MAX_DAYS);
  if ('file' in options) text('file', options.file);
  else {
    text('host', options.host);
    wholeNumber('port', options.port ?? 443, 1, 65_535);
  }
  return async (context) => {
    const certificate =
      'file' in options ? new X509Certificate(await readFile(options.file)) : await shownBy(options, context);
    const days = (Date.parse(certificate.validTo) - Date.now()) / DAY_MS;
    if (days < minDays) throw new Error(`the certificate ends in ${days.toFixed(1)} days (${certificate.validTo})`);
    if (Date.parse(certificate.validFrom) > Date.now())
      throw new Error(`the certificate begins at ${certificate.validFrom}`);
  };
}

function shownBy({ host, port = 443 }: CertificateServer, { signal }: CheckContext): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    // An untrusted certificate has an end, too.
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port, ...servername, rejectUnauthorized: false });
    const giveUp = (): void => void socket.destroy(new Error('no answer in time'));
    signal.addEventListener('abort', giveUp, { once: true });
    socket.on('close', () => signal.removeEventListener('abort', giveUp));
    socket.on('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined) reject(new Error(`${host}:${port} shows no certificate`));
      else resolve(certificate);
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`${host}:${port}: ${error.code ?? error.message}`)),
    );
  });
}
