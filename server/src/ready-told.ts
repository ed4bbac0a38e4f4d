import { spawn } from 'node:child_process';
import type { Log } from './base/log.ts';

/**
 * systemd waits for this where the unit is of `Type=notify` (sd_notify(3)): a start that fails is then told to who
 * asked for it, and a reload waits until there is something to reload. Node.js has no datagrams to local sockets, so
 * systemd's own program says it.
 */
export function tellReady(env: Readonly<Record<string, string | undefined>>, log: Log): void {
  if (!env['NOTIFY_SOCKET']) return;
  const failed = (why: string): void =>
    log.error(
      { why },
      'systemd could not be told that the server is ready, and will end it: install systemd-notify, or set Type=exec in the unit',
    );
  const told = spawn('systemd-notify', ['--ready'], { stdio: 'ignore' });
  told.once('error', (error) => failed(error.message));
  told.once('exit', (code, signal) => {
    if (code !== 0) failed(`it ended with ${code ?? signal}`);
  });
}
