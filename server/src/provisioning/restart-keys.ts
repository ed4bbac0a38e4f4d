import { same } from './change-events.ts';
import type { ReadConfig } from './reading/reading-messages.ts';

/** Sections that are read once, at the start. Where TLS files are may change: they are read again. */
const sections = [
  'http',
  'sip',
  'media',
  'unifiedApi',
  'webServices',
  'webhooks',
  'retention',
] as const satisfies readonly (keyof ReadConfig)[];

type Running = Pick<ReadConfig, (typeof sections)[number] | 'store' | 'sandbox'>;

/** What the file says now and the server does not do before it starts again: `sip.port`. */
export function restartKeys(running: Running, read: Running): string[] {
  const keys: string[] = [];
  for (const name of ['store', 'sandbox'] as const) if (running[name] !== read[name]) keys.push(name);
  for (const section of sections) {
    const was = running[section] as Readonly<Record<string, unknown>>;
    const is = read[section] as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(is)) {
      const isSame = key === 'tls' ? (was[key] === null) === (is[key] === null) : same(was[key], is[key]);
      if (!isSame) keys.push(`${section}.${writtenKeys[key] ?? key}`);
    }
  }
  return keys;
}

/** Keys that the file has under another name. */
const writtenKeys: Readonly<Record<string, string>> = {
  sessionIdleMs: 'sessionIdle',
  giveUpAfterMs: 'giveUpAfter',
  allowPrivate: 'allowPrivateWebhooks',
  secretOverlapMs: 'secretOverlap',
  logMs: 'log',
  recordsMs: 'records',
  requestKeysMs: 'requestKeys',
  recordingsMs: 'recordings',
  recordingsBytes: 'recordingsSize',
  signallingBytes: 'signallingSize',
  samplesBytes: 'samplesSize',
};
