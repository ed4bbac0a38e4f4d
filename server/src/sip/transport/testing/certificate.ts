import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsKeys } from '../tls-sockets.ts';

/** For tests: why none can be made here, or false. */
export const noCertificate = spawnSync('openssl', ['version']).status !== 0 && 'openssl is not installed';

/** For tests: a certificate for localhost that signs itself, and its key. */
export function selfSigned(): TlsKeys {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-tls-'));
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const what = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost'];
    execFileSync('openssl', ['req', '-x509', ...what, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { cert: readFileSync(cert), key: readFileSync(key) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
