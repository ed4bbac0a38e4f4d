import type { Measurements } from './api/metrics.ts';
import { residentBytes } from './base/resident-bytes.ts';
import type { CallRuntime } from './call/runtime/runtime.ts';
import type { DialOutBudget } from './directory/dial-out-budget.ts';
import type { Trunks } from './legs/trunks/trunks.ts';
import type { MediaEngine } from './media/engine.ts';
import type { LiveNotifications } from './push/live/live-notifications.ts';
import type { Webhooks } from './push/webhooks/webhooks.ts';
import type { SipUserAgent } from './sip/user-agent.ts';
import type { Store } from './store/store.ts';

interface Sources {
  readonly runtime: CallRuntime;
  readonly media: MediaEngine;
  readonly sip: SipUserAgent;
  readonly store: Store;
  readonly trunks: Trunks;
  readonly budget: DialOutBudget;
  readonly webhooks: Webhooks;
  readonly notifications: LiveNotifications;
}

/** The figures of /metrics, gathered from the parts that count them. */
export function measure(
  { runtime, media, sip, store, trunks, budget, webhooks, notifications }: Sources,
  browserPortDroppedTotal: number,
): Measurements {
  const calls = new Map([
    ['call', 0],
    ['access', 0],
    ['conference', 0],
  ]);
  for (const call of runtime.snapshot()) calls.set(call.kind, (calls.get(call.kind) ?? 0) + 1);
  const sound = media.stats();
  const signalling = sip.counters();
  const dialOut = budget.snapshot();
  const told = webhooks.counters();
  const live = notifications.counters();
  const up = trunks.states().map(({ name, targets }): [string, number] => {
    return [name, targets.some(({ health }) => health !== 'down') ? 1 : 0];
  });
  return {
    calls,
    legs: sound.legs,
    rooms: sound.rooms,
    packetsReceivedTotal: sound.packetsIn,
    packetsSentTotal: sound.packetsOut,
    packetsLostTotal: sound.packetsLost,
    lateTicksTotal: sound.lateTicks,
    mediaProcesses: sound.liveProcesses,
    mediaProcessesOverloaded: sound.overloadedProcesses,
    mediaSockets: sound.sockets,
    mediaSocketFaultsTotal: sound.socketFaults,
    browserPortDroppedTotal,
    sipResponsesTotal: new Map(Object.entries(signalling.responsesSent)),
    sipServerTransactions: signalling.transactions.server,
    sipClientTransactions: signalling.transactions.client,
    sipDialogs: signalling.dialogs,
    sipRefersTotal: new Map(Object.entries(signalling.refers)),
    sipRegistrations: signalling.registrations,
    trunksUp: new Map(up),
    dialOutRefusedTotal: new Map(Object.entries(dialOut.refused)),
    dialOutConcurrent: dialOut.total.atOnce,
    webhookReceiversDown: told.receiversDown,
    webhooksDeliveredTotal: told.delivered,
    webhooksFailedTotal: told.failedAttempts,
    notificationSessions: new Map([
      ['bayeux', live.sessions],
      ['stream', live.streams],
    ]),
    notificationsTotal: live.told,
    notificationReplays: live.replaying,
    notificationHandshakesTotal: live.handshakes,
    notificationsRefusedTotal: new Map(Object.entries(live.refused)),
    notificationSessionsEndedTotal: new Map(Object.entries(live.ended)),
    storeQueue: store.counters().waiting,
    memoryBytes: new Map([
      ['control', residentBytes()],
      ['media', sound.residentBytes],
    ]),
  };
}
