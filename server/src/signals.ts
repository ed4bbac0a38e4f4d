import { isatty } from 'node:tty';
import type { Clock } from './base/clock.ts';

/** One Ctrl-C reaches us from the terminal, from npm and from the launcher; a second one is meant only after this. */
const samePressMs = 250;

export interface SignalHandlers {
  readonly clock: Clock;
  /** The first time that somebody wants the end. */
  readonly onEnd: (why: string) => void;
  /** The second time. */
  readonly onEndNow: () => void;
  /** SIGHUP, and no terminal has gone; it may be that nothing was started yet. */
  readonly onReload: () => void;
  /** Something was sent that ends nothing here. */
  readonly onOther: (signal: string) => void;
}

/**
 * Who may end the process: SIGTERM, SIGINT, the launcher by going (its channel closes, also when it is killed), and a
 * terminal that goes away (SIGHUP). SIGHUP while the terminal is there, or without one (a service manager's reload,
 * nohup), asks for the configuration to be read again, and ends nothing; nor do SIGUSR1 and SIGUSR2, which log rotation
 * sends.
 */
export function watchSignals({ clock, onEnd, onEndNow, onOther, onReload }: SignalHandlers): void {
  const terminals = [0, 1, 2].filter((stream) => isatty(stream));
  let firstAt: number | null = null;
  const end = (why: string): void => {
    if (firstAt === null) {
      firstAt = clock.monotonic();
      onEnd(why);
    } else if (clock.monotonic() - firstAt > samePressMs) {
      onEndNow();
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  process.on('SIGHUP', () => {
    const terminalGone = terminals.length > 0 && !terminals.some((stream) => isatty(stream));
    // The launcher passes it on too: one closed terminal is no second wish.
    if (!terminalGone) onReload();
    else if (firstAt === null) end('the terminal was closed');
  });
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, onOther);
  // What the launcher was sent: it says so by its channel, where it waits until somebody listens.
  process.on('message', (message) => {
    if (message === 'SIGHUP') onReload();
  });
  const launcherGone = (): void => {
    if (firstAt === null) end('the launcher is gone');
  };
  process.on('disconnect', launcherGone);
  process.channel?.unref();
  // It may have gone before anybody listened.
  if (process.env['PARTYLINE_LAUNCHED'] === '1' && !process.connected) launcherGone();
  delete process.env['PARTYLINE_LAUNCHED'];
}
