import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReachablePort } from './unreachable-ports.ts';

test('what cannot be reached is what fetch sends nothing to', async () => {
  const closed: number[] = [];
  for (let port = 0; port < 65_536; port++) {
    if (!isReachablePort(new URL(`http://127.0.0.1:${port}/`))) closed.push(port);
  }
  for (const port of [25, 5060, 6000, 10_080]) assert.ok(closed.includes(port), String(port));
  // Nobody listens at 0, of which fetch knows nothing everywhere.
  for (const port of closed.filter((one) => one !== 0)) {
    const failure = await fetch(`http://127.0.0.1:${port}/`).catch((error: Error) => error.cause);
    assert.match(String(failure), /bad port/, String(port));
  }
  for (const address of ['http://a.test/', 'https://a.test/', 'http://a.test:8080/', 'https://a.test:8443/']) {
    assert.ok(isReachablePort(new URL(address)), address);
  }
});
