import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Config } from '../../config/config.ts';
import { isAnswering } from './answering.ts';

const healthy: RequestListener = (request, response) => {
  response.end(request.url === '/healthz' ? '{"status":"ready"}' : 'nothing');
};

/** Whether one that listens at all addresses is found, by what the configuration says of it. */
async function found(server: Server, tls: Config['http']['tls']): Promise<boolean> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  try {
    return await isAnswering({ host: '0.0.0.0', port, tls } as Config['http']);
  } finally {
    server.close();
  }
}

test('a Partyline server is found at its port, and another program is not taken for one', async () => {
  assert.equal(await found(createServer(healthy), null), true);
  assert.equal(
    await found(
      createServer((_request, response) => response.end('<html>hello</html>')),
      null,
    ),
    false,
  );
  assert.equal(
    await found(
      createServer((_request, response) => response.end('{"hello":"world"}')),
      null,
    ),
    false,
  );
});

const noOpenssl = spawnSync('openssl', ['version']).status !== 0 && 'openssl is not installed';

test('also by HTTPS, whose certificate is of a name that this machine need not have', { skip: noOpenssl }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-answering-'));
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=meet.example.test'];
    execFileSync('openssl', ['req', '-x509', ...made, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, healthy);
    assert.equal(await found(server, { cert, key }), true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
