import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { Shared } from '../base/shared.ts';
import { turns } from './turns.ts';

/** The figures of one moment. Totals only grow (until a restart); the others go up and down. */
export interface Measurements {
  /** Live calls by kind: call, access, conference. */
  readonly calls: ReadonlyMap<string, number>;
  /** Media legs and rooms in the media processes. */
  readonly legs: number;
  readonly rooms: number;
  readonly packetsReceivedTotal: number;
  readonly packetsSentTotal: number;
  readonly packetsLostTotal: number;
  /** Mixing ticks that came more than 10 ms late. */
  readonly lateTicksTotal: number;
  readonly mediaProcesses: number;
  /** Of them, those that run late and take no new legs. */
  readonly mediaProcessesOverloaded: number;
  /** Media processes by what their plain RTP goes through: uring, dgram. */
  readonly mediaSockets: ReadonlyMap<string, number>;
  /** What went wrong between media and the kernel; the sound goes on. */
  readonly mediaSocketFaultsTotal: number;
  /** Datagrams to the ports for browsers that came faster than they were read. */
  readonly browserPortDroppedTotal: number;
  /** SIP responses sent, by class: `1xx` ... `6xx`. */
  readonly sipResponsesTotal: ReadonlyMap<string, number>;
  readonly sipServerTransactions: number;
  readonly sipClientTransactions: number;
  readonly sipDialogs: number;
  readonly sipRefersTotal: ReadonlyMap<string, number>;
  readonly sipRegistrations: number;
  /** Events and records waiting to be written. */
  readonly storeQueue: number;
  /** Per trunk: 1 when at least one of its addresses answers, or has not been asked. */
  readonly trunksUp: ReadonlyMap<string, number>;
  /** Calls out that a limit refused, by scope: total, user, conference, destination. */
  readonly dialOutRefusedTotal: ReadonlyMap<string, number>;
  /** Calls over trunks at once. */
  readonly dialOutConcurrent: number;
  /** Addresses of webhooks that do not answer now. */
  readonly webhookReceiversDown: number;
  readonly webhooksDeliveredTotal: number;
  readonly webhooksFailedTotal: number;
  /** Clients that are told live, by kind: bayeux, stream. */
  readonly notificationSessions: ReadonlyMap<string, number>;
  readonly notificationsTotal: number;
  /** Clients that are being told what they missed. */
  readonly notificationReplays: number;
  readonly notificationHandshakesTotal: number;
  /** Messages of such clients that were refused, by why. */
  readonly notificationsRefusedTotal: ReadonlyMap<string, number>;
  /** Why such clients' sessions ended. */
  readonly notificationSessionsEndedTotal: ReadonlyMap<string, number>;
  /** Resident memory in bytes by process: control, media. */
  readonly memoryBytes: ReadonlyMap<string, number>;
}

interface Row {
  readonly name: string;
  readonly help: string;
  readonly kind: 'gauge' | 'counter';
  /** Name of the label when there are several values. */
  readonly label?: string;
  readonly value: (measured: Measurements) => number | ReadonlyMap<string, number>;
}

const transactions = (m: Measurements): ReadonlyMap<string, number> =>
  new Map([
    ['server', m.sipServerTransactions],
    ['client', m.sipClientTransactions],
  ]);

const rows: readonly Row[] = [
  { name: 'calls', help: 'Live calls by kind', kind: 'gauge', label: 'kind', value: (m) => m.calls },
  { name: 'legs', help: 'Media legs open', kind: 'gauge', value: (m) => m.legs },
  { name: 'rooms', help: 'Rooms open', kind: 'gauge', value: (m) => m.rooms },
  { name: 'rtp_packets_received_total', help: 'RTP packets in', kind: 'counter', value: (m) => m.packetsReceivedTotal },
  { name: 'rtp_packets_sent_total', help: 'RTP packets out', kind: 'counter', value: (m) => m.packetsSentTotal },
  {
    name: 'rtp_packets_lost_total',
    help: 'RTP packets that never came',
    kind: 'counter',
    value: (m) => m.packetsLostTotal,
  },
  {
    name: 'media_late_ticks_total',
    help: 'Mixing ticks over 10 ms late',
    kind: 'counter',
    value: (m) => m.lateTicksTotal,
  },
  { name: 'media_processes', help: 'Media processes alive', kind: 'gauge', value: (m) => m.mediaProcesses },
  {
    name: 'media_processes_overloaded',
    help: 'Media processes that run late and take no new legs',
    kind: 'gauge',
    value: (m) => m.mediaProcessesOverloaded,
  },
  {
    name: 'media_sockets',
    help: 'Media processes by their sockets',
    kind: 'gauge',
    label: 'kind',
    value: (m) => m.mediaSockets,
  },
  {
    name: 'media_socket_faults_total',
    help: 'Packets not sent, and what else went wrong at the sockets',
    kind: 'counter',
    value: (m) => m.mediaSocketFaultsTotal,
  },
  {
    name: 'browser_port_dropped_total',
    help: 'Datagrams to the UDP ports for browsers that the kernel dropped',
    kind: 'counter',
    value: (m) => m.browserPortDroppedTotal,
  },
  {
    name: 'sip_responses_total',
    help: 'SIP responses sent by class',
    kind: 'counter',
    label: 'class',
    value: (m) => m.sipResponsesTotal,
  },
  { name: 'sip_transactions', help: 'SIP transactions open', kind: 'gauge', label: 'side', value: transactions },
  { name: 'sip_dialogs', help: 'SIP dialogs open', kind: 'gauge', value: (m) => m.sipDialogs },
  {
    name: 'sip_refers_total',
    help: 'Calls that phones wanted sent on, by what became of the REFER',
    kind: 'counter',
    label: 'result',
    value: (m) => m.sipRefersTotal,
  },
  { name: 'sip_registrations', help: 'Contacts registered', kind: 'gauge', value: (m) => m.sipRegistrations },
  { name: 'store_queue', help: 'Events and records waiting to be written', kind: 'gauge', value: (m) => m.storeQueue },
  { name: 'trunk_up', help: 'Whether the trunk answers', kind: 'gauge', label: 'trunk', value: (m) => m.trunksUp },
  {
    name: 'dial_out_refused_total',
    help: 'Calls out that a limit refused',
    kind: 'counter',
    label: 'scope',
    value: (m) => m.dialOutRefusedTotal,
  },
  { name: 'dial_out_concurrent', help: 'Calls over trunks now', kind: 'gauge', value: (m) => m.dialOutConcurrent },
  {
    name: 'webhook_receivers_down',
    help: 'Addresses of webhooks that do not answer',
    kind: 'gauge',
    value: (m) => m.webhookReceiversDown,
  },
  {
    name: 'webhooks_delivered_total',
    help: 'Deliveries that a receiver took',
    kind: 'counter',
    value: (m) => m.webhooksDeliveredTotal,
  },
  {
    name: 'webhooks_failed_total',
    help: 'Attempts that failed; they are made again',
    kind: 'counter',
    value: (m) => m.webhooksFailedTotal,
  },
  {
    name: 'notification_sessions',
    help: 'Clients that are told live',
    kind: 'gauge',
    label: 'kind',
    value: (m) => m.notificationSessions,
  },
  { name: 'notifications_total', help: 'Notifications sent', kind: 'counter', value: (m) => m.notificationsTotal },
  {
    name: 'notification_replays',
    help: 'Clients that are being told what they missed',
    kind: 'gauge',
    value: (m) => m.notificationReplays,
  },
  {
    name: 'notification_handshakes_total',
    help: 'Sessions that began',
    kind: 'counter',
    value: (m) => m.notificationHandshakesTotal,
  },
  {
    name: 'notifications_refused_total',
    help: 'Messages of clients that were refused',
    kind: 'counter',
    label: 'why',
    value: (m) => m.notificationsRefusedTotal,
  },
  {
    name: 'notification_sessions_ended_total',
    help: 'Sessions that ended',
    kind: 'counter',
    label: 'why',
    value: (m) => m.notificationSessionsEndedTotal,
  },
  {
    name: 'process_memory_bytes',
    help: 'Resident memory by process',
    kind: 'gauge',
    label: 'process',
    value: (m) => m.memoryBytes,
  },
];

type Prometheus = typeof import('prom-client');
type Write = (measured: Measurements) => void;

/**
 * GET /metrics: Prometheus text, read at the moment it is asked for. `measure` must be cheap; null while the server
 * starts.
 */
export function registerMetrics(http: FastifyInstance, measure: () => Promise<Measurements | null>): void {
  let loading: Promise<{ registry: Registry; write: readonly Write[] }> | null = null;
  const written = new Shared(
    async () => {
      loading ??= load();
      const { registry, write } = await loading;
      const measured = await measure();
      if (measured !== null) for (const one of write) one(measured);
      return { type: registry.contentType, text: await registry.metrics() };
    },
    () => turns.take(),
  );
  http.get('/metrics', async (_request, reply) => {
    const { type, text } = await written.get();
    return reply.type(type).send(text);
  });
}

/** Not before somebody asks: where nobody does, it would only cost memory. */
async function load(): Promise<{ registry: Registry; write: readonly Write[] }> {
  const prometheus = await import('prom-client');
  const registry = new prometheus.Registry();
  prometheus.collectDefaultMetrics({ register: registry });
  return { registry, write: rows.map((row) => metricOf(prometheus, row, registry)) };
}

function metricOf(prometheus: Prometheus, row: Row, registry: Registry): Write {
  const options = {
    name: `partyline_${row.name}`,
    help: row.help,
    labelNames: row.label === undefined ? [] : [row.label],
    registers: [registry],
  };
  const metric = row.kind === 'gauge' ? new prometheus.Gauge(options) : new prometheus.Counter(options);
  return (measured) => {
    const value = row.value(measured);
    // The owner keeps the total; the metric is set to it.
    metric.reset();
    if (typeof value === 'number') metric.inc(value);
    else for (const [label, amount] of value) metric.inc({ [row.label ?? 'of']: label }, amount);
  };
}
