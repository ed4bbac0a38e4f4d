import type { Clock } from '../base/clock.ts';
import type { HostPort } from '../base/host-port.ts';
import { udpPortTrouble } from '../base/udp-port.ts';

/** Adopted processes give their ports back when their browsers have been closed, ms. */
const givenBackMs = 3000;
const everyMs = 100;

/**
 * The ports for browsers, one for each media process. They are bound with the first browser, so whether they can be had
 * is tried before. Rejects with what the system says of the first that cannot.
 */
export async function tryBrowserPorts(clock: Clock, ports: readonly HostPort[]): Promise<void> {
  const untilMs = clock.monotonic() + givenBackMs;
  for (const at of ports) {
    for (;;) {
      const trouble = await udpPortTrouble(at);
      if (trouble === null) break;
      if (trouble.code !== 'EADDRINUSE' || clock.monotonic() >= untilMs)
        throw Object.assign(trouble, { port: at.port });
      await new Promise<void>((resolve) => clock.setTimer(everyMs, resolve));
    }
  }
}
