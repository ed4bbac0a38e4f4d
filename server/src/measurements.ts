import type { Measurements } from './api/metrics.ts';
import type { CallRuntime } from './call/runtime.ts';
import type { MediaEngine } from './media/engine.ts';
import type { SipUserAgent } from './sip/user-agent.ts';
import type { Store } from './store/store.ts';

interface Sources {
  readonly runtime: CallRuntime;
  readonly media: MediaEngine;
  readonly sip: SipUserAgent;
  readonly store: Store;
}

/** The figures of /metrics, gathered from the parts that count them. */
export function measure({ runtime, media, sip, store }: Sources): Measurements {
  const calls = new Map([
    ['call', 0],
    ['access', 0],
    ['conference', 0],
  ]);
  for (const call of runtime.snapshot()) calls.set(call.kind, (calls.get(call.kind) ?? 0) + 1);
  const sound = media.stats();
  const signalling = sip.counters();
  return {
    calls,
    legs: sound.legs,
    rooms: sound.rooms,
    packetsReceivedTotal: sound.packetsIn,
    packetsSentTotal: sound.packetsOut,
    packetsLostTotal: sound.packetsLost,
    lateTicksTotal: sound.lateTicks,
    mediaProcesses: sound.liveProcesses,
    sipResponsesTotal: new Map(Object.entries(signalling.responsesSent)),
    sipServerTransactions: signalling.transactions.server,
    sipClientTransactions: signalling.transactions.client,
    sipDialogs: signalling.dialogs,
    sipRegistrations: signalling.registrations,
    storeQueue: store.counters().waiting,
    memoryBytes: new Map([
      ['control', process.memoryUsage.rss()],
      ['media', sound.residentBytes],
    ]),
  };
}
