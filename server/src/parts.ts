import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SecurityEvents } from './api/admin/security-events.ts';
import { liveDialect, supervisorsPhone, webhookDialect } from './api/dialects/dialects.ts';
import { Tokens } from './api/oauth/tokens.ts';
import { type Clock, steadyClock } from './base/clock.ts';
import { FactJournal } from './base/fact-journal.ts';
import type { Log } from './base/log.ts';
import type { Random } from './base/random.ts';
import { RefusedDials } from './call/attempts/refused-dials.ts';
import { callHandling, checkForwarding } from './call/devices/call-handling.ts';
import { DeviceRuntime } from './call/devices/device-runtime.ts';
import { Supervision } from './call/devices/supervision.ts';
import { CallRuntime } from './call/runtime/runtime.ts';
import type { Config } from './config/config.ts';
import type { OnThisMachine } from './config/on-this-machine.ts';
import { DialOutBudget } from './directory/dial-out-budget.ts';
import type { Directory } from './directory/directory.ts';
import type { PasswordHasher } from './directory/password.ts';
import { Legs } from './legs/legs.ts';
import { SipLegs, type SipLegsOptions } from './legs/sip/sip-legs.ts';
import { trunkCredentials } from './legs/trunks/trunk-credentials.ts';
import { Trunks } from './legs/trunks/trunks.ts';
import { WebLegs } from './legs/web/web-legs.ts';
import { MediaEngine } from './media/engine.ts';
import { Observation } from './observation/observation.ts';
import { LiveNotifications } from './push/live/live-notifications.ts';
import { Webhooks } from './push/webhooks/webhooks.ts';
import { opus, pcma, pcmu } from './sdp/offer-answer.ts';
import { watchSecurity } from './security.ts';
import { numberOrName } from './sip/message/telephone-subscriber.ts';
import { TargetResolver } from './sip/transport/resolve.ts';
import { systemDns } from './sip/transport/system-dns.ts';
import { SipUserAgent } from './sip/user-agent.ts';
import type { Store } from './store/store.ts';

/** What can be spoken, by its name in the configuration. */
const audioFormats = { opus, PCMU: pcmu, PCMA: pcma } as const;

export const promptsRoot = fileURLToPath(new URL('../../prompts', import.meta.url));

/** What every part is made with. */
export interface Foundation {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly machine: OnThisMachine;
  readonly store: Store;
  readonly directory: Directory;
  readonly hasher: PasswordHasher;
}

/** The parts of the control process, made and joined, none of them started. */
export interface Parts extends Foundation {
  readonly media: MediaEngine;
  /** What the next run must know of dialogs and registrations. */
  readonly facts: FactJournal;
  readonly sip: SipUserAgent;
  readonly trunks: Trunks;
  readonly legs: Legs;
  /** Of them, those that are phones by SIP, and those that are browsers. */
  readonly sipLegs: SipLegs;
  readonly webLegs: WebLegs;
  readonly budget: DialOutBudget;
  readonly refusedDials: RefusedDials;
  readonly runtime: CallRuntime;
  readonly devices: DeviceRuntime;
  readonly supervision: Supervision;
  readonly tokens: Tokens;
  readonly webhooks: Webhooks;
  readonly notifications: LiveNotifications;
  readonly recordingsFolder: string;
  readonly securityEvents: SecurityEvents;
  readonly observation: Observation;
}

export function makeMedia({
  config,
  clock,
  log,
  machine,
}: Omit<Foundation, 'directory' | 'store' | 'hasher'>): MediaEngine {
  const { rtpPorts, webrtcPort, processes, sockets, warmUp } = config.media;
  return new MediaEngine({
    processes,
    bind: machine.media,
    advertise: machine.advertise ?? machine.mediaShown,
    rtpPorts,
    webrtcPort,
    sockets,
    warmUp,
    socketFolder: socketFolder(config.dataFolder),
    promptsRoot,
    log,
    clock,
  });
}

/** Joins the parts; nothing is bound, sent or read before each is started. */
export function makeParts(foundation: Foundation, media: MediaEngine): Parts {
  const { config, clock, random, log, store, directory } = foundation;
  const facts = new FactJournal({ store: store.facts, clock, log });
  const { signallingBytes, samplesBytes } = config.retention;
  const folder = join(config.dataFolder, 'observation');
  const observation = new Observation({ clock, log, engine: media, folder, signallingBytes, samplesBytes });
  const sip = makeSip(foundation, facts, observation);
  const trunks = new Trunks({
    clock,
    log,
    agent: sip,
    resolver: new TargetResolver({ clock, random, dns: systemDns() }),
    trunks: () => directory.trunks,
  });
  const recordingsFolder = join(config.dataFolder, 'recordings');
  const refusedDials = makeRefusedDials(foundation);
  const budget = makeBudget(foundation, refusedDials);
  const { legs, sipLegs, webLegs } = makeLegs(foundation, {
    media,
    sip,
    trunks,
    budget,
    observation,
    recordingsFolder,
  });
  const devices = new DeviceRuntime({
    clock,
    log,
    store: store.calls,
    checkForwarding: (device, to) => checkForwarding(directory, device, to),
  });
  const runtime = new CallRuntime({
    clock,
    random,
    log,
    store: store.calls,
    signalling: legs.signalling,
    media: legs.media,
    budget,
    handling: (device) => callHandling(devices, directory, device),
  });
  const supervision = new Supervision({ log, runtime, devices, phoneOf: (id) => supervisorsPhone(directory, id) });
  const tokens = new Tokens({ clock: steadyClock(clock), random, log, store: store.tokens });
  const webhooks = makeWebhooks(foundation);
  const notifications = makeNotifications(foundation, legs, facts);
  const securityEvents = new SecurityEvents({ clock, log, store: store.calls });
  watchSecurity(securityEvents, log, sip, directory, runtime);
  return {
    ...foundation,
    media,
    facts,
    sip,
    trunks,
    legs,
    sipLegs,
    webLegs,
    budget,
    refusedDials,
    runtime,
    devices,
    supervision,
    tokens,
    webhooks,
    notifications,
    recordingsFolder,
    securityEvents,
    observation,
  };
}

/**
 * SIP messages of strangers, by the calls that are taken: what a call needs, and room for what a phone asks besides.
 */
export function strangerLimits(callsPerSecond: number): {
  readonly strangersPerSecond: number;
  readonly strangersInAllPerSecond: number;
} {
  return { strangersPerSecond: 10 * callsPerSecond, strangersInAllPerSecond: 20 * callsPerSecond };
}

function makeSip(
  { config, clock, random, log, machine, directory }: Foundation,
  facts: FactJournal,
  observation: Observation,
): SipUserAgent {
  const { port, tlsPort, domain } = config.sip;
  const { sipTls } = machine;
  return new SipUserAgent({
    clock,
    random,
    log,
    domain,
    bind: { host: machine.sip, port },
    tls: sipTls === null || tlsPort === null ? null : { ...sipTls, port: tlsPort },
    advertise: machine.advertise,
    limits: strangerLimits(config.limits.callsPerSecond),
    facts,
    // Nothing is in the way of a message where none are kept.
    ...(config.retention.signallingBytes > 0 ? { tap: observation.signalling } : {}),
    clientCredentials: (account) => {
      const trunk = directory.trunks.find(({ name }) => name === account);
      return trunk === undefined ? null : trunkCredentials(trunk);
    },
    credentials: (username) => directory.credentials(username),
    digestAlgorithms: () => directory.digestAlgorithms,
    aorOf: (credentials, request) => directory.aorOf(credentials.extensionId, numberOrName(request.to.uri)),
    registrationMark: (aor) => directory.registrationMark(aor),
  });
}

/** Legs of every kind, and apart those that are phones by SIP and those that are browsers. */
function makeLegs(
  { config, clock, random, log, directory }: Foundation,
  {
    media,
    sip,
    trunks,
    budget,
    observation,
    recordingsFolder,
  }: Pick<Parts, 'media' | 'sip' | 'trunks' | 'budget' | 'observation' | 'recordingsFolder'>,
): Pick<Parts, 'legs' | 'sipLegs' | 'webLegs'> {
  const { callsPerSecond, silenceMs } = config.limits;
  const { from, to } = config.media.rtpPorts;
  const sipOptions: SipLegsOptions = {
    agent: sip,
    directory,
    domain: config.sip.domain,
    trunks,
    callsPerSecond,
    silenceMs,
    formats: config.media.codecs.map((name) => audioFormats[name]),
    srtp: config.sip.srtp,
    mostUnproven: Math.ceil((to - from + 1) / 4),
    names: observation.signalling,
    refusals: observation.refusals,
    mayRedirectTo: (legId, target) => budget.again(legId, target),
  };
  let sipLegs!: SipLegs;
  let webLegs!: WebLegs;
  const legs = new Legs({
    clock,
    random,
    log,
    engine: media,
    directory,
    recordingsFolder,
    // Of several that ring the first is asked to answer by itself: a browser can.
    kinds: [
      (house) => {
        webLegs = new WebLegs(house, directory);
        return webLegs;
      },
      (house) => {
        sipLegs = new SipLegs(house, sipOptions);
        return sipLegs;
      },
    ],
  });
  return { legs, sipLegs, webLegs };
}

function makeWebhooks({ config, clock, random, log, store, directory }: Foundation): Webhooks {
  const { allowPrivate, giveUpAfterMs, secretOverlapMs } = config.webhooks;
  return new Webhooks({
    clock,
    random,
    log,
    store: store.webhooks,
    calls: store.calls,
    dialect: webhookDialect({
      numbersOf: (extensionId) => directory.extensionById(extensionId),
      formatOf: (appKey) => directory.app(appKey)?.webhookFormat ?? null,
    }),
    appOf: (appKey) => directory.app(appKey),
    allowPrivate,
    limits: { giveUpAfterMs, secretOverlapMs },
  });
}

function makeNotifications(
  { config, clock, random, log, store, directory }: Foundation,
  legs: Legs,
  facts: FactJournal,
): LiveNotifications {
  const registered = (extensionId: string) => legs.registrations(extensionId).length > 0;
  return new LiveNotifications({
    clock,
    random,
    log,
    store: store.calls,
    dialect: liveDialect({ directory, registered, config }),
    userOf: (extensionId) => directory.extensionById(extensionId),
    facts,
  });
}

/** Calls out that were refused: by the dial plan, which the directory tells, or by the budget. */
function makeRefusedDials({ clock, random, log, store, directory }: Foundation): RefusedDials {
  const refusedDials = new RefusedDials({ clock, random, log, store: store.calls });
  const byPlan = {
    scope: 'dialPlan',
    limit: null,
    bound: null,
    rule: null,
    conferenceId: null,
    trunk: null,
  } as const;
  directory.onDialRefused = (dialled) => refusedDials.note({ ...byPlan, ...dialled });
  return refusedDials;
}

function makeBudget({ config, clock }: Foundation, refusedDials: RefusedDials): DialOutBudget {
  const { limits } = config;
  return new DialOutBudget({
    clock,
    limits,
    onRefused: (refusal) => refusedDials.note(refusal),
  });
}

/**
 * Where the control sockets are: in the data folder, or, since their paths may have only about 100 bytes, under a short
 * name.
 */
function socketFolder(dataFolder: string): string {
  if (Buffer.byteLength(dataFolder) <= 80) return dataFolder;
  const name = createHash('sha256').update(dataFolder).digest('hex').slice(0, 16);
  return join(tmpdir(), `partyline-${name}`);
}
