import type { FastifyInstance } from 'fastify';
import { AdministratorLogin } from './api/admin/administrator.ts';
import { registerApps, withTokens } from './api/admin/apps.ts';
import { registerBans } from './api/admin/bans.ts';
import { registerCalls } from './api/admin/calls.ts';
import { registerDialOut } from './api/admin/dial-out.ts';
import { registerDirectory } from './api/admin/directory/register-directory.ts';
import { registerInvitations } from './api/admin/invitations.ts';
import { registerLiveConferences } from './api/admin/live-conferences.ts';
import { LogFeed } from './api/admin/log-feed.ts';
import { registerRecordings } from './api/admin/recordings.ts';
import { registerRefusedCalls } from './api/admin/refused-calls.ts';
import { registerRegistrations } from './api/admin/registrations.ts';
import { registerSession } from './api/admin/session.ts';
import { AdministratorSessions } from './api/admin/sessions.ts';
import { registerStream, type StreamSources } from './api/admin/stream.ts';
import { registerTimeline } from './api/admin/timeline.ts';
import { registerWebhookDeliveries } from './api/admin/webhook-deliveries.ts';
import { registerWebhookSecrets } from './api/admin/webhook-secrets.ts';
import { registerWebhooks } from './api/admin/webhooks.ts';
import { asksForPage } from './api/asks-for-page.ts';
import { baseUrl } from './api/base-url.ts';
import type { DialectParts } from './api/dialects/dialect.ts';
import { dialects, idMeantBy } from './api/dialects/dialects.ts';
import { registerDocs } from './api/docs-page.ts';
import { FrontDoor } from './api/front-door.ts';
import { registerGuide } from './api/guide.ts';
import { type Readiness, registerHealth } from './api/health.ts';
import { Idempotency } from './api/idempotency/idempotency.ts';
import { LoginAttempts } from './api/login-attempts.ts';
import { registerMetrics } from './api/metrics.ts';
import { presented } from './api/oauth/presented.ts';
import { registerOAuth } from './api/oauth/register.ts';
import { registerNowhere, registerPages, sandboxPage, startPage } from './api/pages.ts';
import { SessionLogins } from './api/session-logins.ts';
import { acceptWebSockets } from './api/web-sockets.ts';
import { AppError } from './base/app-error.ts';
import { steadyClock } from './base/clock.ts';
import { registerDemoVisitors } from './demo-visitors.ts';
import { measure } from './measurements.ts';
import { BrowserPortLosses } from './media/browser-port-losses.ts';
import type { Parts } from './parts.ts';
import { type Provisioned, reloadFor } from './provisioned.ts';
import { isOperator } from './provisioning/asker.ts';
import type { SandboxNumber } from './sandbox/behaviours.ts';
import { sandboxTold } from './sandbox-told.ts';
import { organizationOfUser, userOfRecord } from './security.ts';

/** The carrier in the box, while it runs. */
export interface Carrier {
  readonly uri: string;
  readonly numbers: readonly SandboxNumber[];
}

export interface InterfacesOptions {
  readonly parts: Parts;
  readonly provisioned: Provisioned;
  readonly readiness: () => Readiness;
  /** What is not as it should be though calls can be taken. */
  readonly warnings: readonly string[];
  readonly carrier: () => Carrier | null;
  readonly version: string;
}

/**
 * Everything that is served over HTTP, joined with the parts behind it. What it gives is to be closed with the server.
 */
export async function registerInterfaces(http: FastifyInstance, options: InterfacesOptions): Promise<Idempotency> {
  const { parts, readiness } = options;
  const { config, clock, directory, tokens } = parts;
  registerNowhere(http);
  registerHealth(http, {
    readiness,
    troubles: async () =>
      [parts.media.trouble(), parts.sip.trouble(), await parts.store.trouble()].filter((one) => one !== null),
    warnings: () => options.warnings,
  });
  const { processes, webrtcPort } = config.media;
  const losses = new BrowserPortLosses(Array.from({ length: processes }, (_, index) => webrtcPort + index));
  registerMetrics(http, async () => (readiness() === 'starting' ? null : measure(parts, await losses.look())));
  // Health and metrics are there from the first moment; the rest needs all parts.
  http.addHook('onRequest', (request, reply, done) => {
    if (readiness() !== 'starting' || /^\/(healthz|metrics)\b/.test(request.url)) done();
    else {
      reply.header('retry-after', '1');
      done(new AppError('unavailable', 'The server is starting.'));
    }
  });
  registerGuide(http);
  await registerDocs(http, { version: options.version, tags: dialects.flatMap(({ tags }) => tags) });
  const idempotency = await makeIdempotency(parts);
  registerAdministration(http, options, idempotency);
  registerOAuth(http, {
    directory,
    tokens,
    clock,
    issuerOf: (request) => baseUrl(request, config.http.publicUrl),
  });
  await acceptWebSockets(http);
  const frontDoor = new FrontDoor(http, (reply) => startPage(reply));
  const { administration } = options.provisioned;
  const conferences: DialectParts['conferences'] = {
    create: async (asker, given) => void (await administration.create('conference', asker, given)),
    change: async (asker, id, patch) => void (await administration.change('conference', asker, id, patch)),
    remove: (asker, id) => administration.remove('conference', asker, id, false),
  };
  const made = { idempotency, frontDoor, conferences, sessions: new SessionLogins(), version: options.version };
  for (const dialect of dialects) dialect.register(http, { ...forDialects(parts, made), config });
  registerPages(http);
  registerDemoVisitors(http, parts, { sessions: made.sessions, numbers: () => options.carrier()?.numbers ?? [] });
  registerSandbox(http, options);
  return idempotency;
}

function registerAdministration(
  http: FastifyInstance,
  { carrier, parts, provisioned }: InterfacesOptions,
  idempotency: Idempotency,
): void {
  const {
    clock,
    random,
    directory,
    legs,
    runtime,
    store,
    recordingsFolder,
    budget,
    refusedDials,
    tokens,
    sip,
    securityEvents,
    webhooks,
  } = parts;
  const verify = (...given: Parameters<typeof directory.verifyLogin>) => directory.verifyLogin(...given);
  const sessions = new AdministratorSessions(clock, random, ({ organizationId, userId }) =>
    directory.loginMark(organizationId, userId),
  );
  const login = new AdministratorLogin(verify, new LoginAttempts(clock), sessions);
  registerSession(http, login, (organizationId, userId) => directory.user(organizationId, userId));
  const running = () => runtime.snapshot();
  registerCalls(http, login, {
    now: () => clock.now(),
    running: runtime,
    store: store.calls,
    refused: refusedDials,
    signalling: parts.observation.signalling,
    idMeantBy,
  });
  registerRecordings(http, login, { store: store.calls, folder: recordingsFolder, running });
  registerDialOut(http, login, { use: () => budget.snapshot(), refused: refusedDials });
  registerRefusedCalls(http, login, { attempts: refusedDials, invites: parts.observation.refusals });
  registerApps(http, login, { directory, tokens });
  registerDirectory(http, {
    login,
    directory: provisioned.administration,
    server: provisioned.serverAdministration,
    reload: (asker, removeLeft) => reloadFor(provisioned, directory, asker, removeLeft),
    idempotency,
    more: { app: withTokens(tokens) },
  });
  registerBans(http, login, {
    bans: () => sip.guard.bans(),
    lift: (id) => sip.guard.lift(id),
    organizationOf: (username) => organizationOfUser(directory, username),
    events: (organizationId, limit) => securityEvents.of(organizationId, limit),
  });
  registerRegistrations(http, login, {
    extensions: (organizationId) => directory.extensionsOf(organizationId),
    registrations: (extensionId) => legs.registrations(extensionId),
  });
  registerInvitations(http, login, { runtime, directory, carrier });
  registerWatching(http, login, parts, (asker) => isOperator(directory, provisioned.changes, asker));
  registerWebhooks(http, login, {
    subscriptions: (organizationId) => webhooks.subscriptions.ofOrganization(organizationId),
    numberOf: (extensionId) => directory.extensionById(extensionId)?.number ?? null,
    nameOfType: (type) => webhooks.nameOfType(type),
  });
  registerWebhookDeliveries(http, login, {
    now: () => clock.now(),
    deliveries: webhooks.deliveries,
    subscription: (id) => webhooks.subscriptions.get(id),
  });
  registerWebhookSecrets(http, login, { directory, secrets: webhooks.secrets });
}

/** What the administration tells of calls, then and now. */
function registerWatching(
  http: FastifyInstance,
  login: AdministratorLogin,
  parts: Parts,
  runsServer: StreamSources['runsServer'],
): void {
  const { clock, devices, directory, observation, refusedDials, runtime, sip, store } = parts;
  const { quality, sampler, signalling } = observation;
  registerTimeline(http, login, {
    now: () => clock.now(),
    running: runtime,
    store: store.calls,
    refused: refusedDials,
    signalling,
    quality,
    idMeantBy,
    bans: (organizationId) =>
      sip.guard
        .bans()
        .filter(({ username }) => username === null || organizationOfUser(directory, username) === organizationId)
        .map((ban) => ({ ...ban, username: ban.username === null ? null : userOfRecord(directory, ban.username) })),
  });
  registerLiveConferences(http, login, {
    runtime,
    nameOf(organizationId, userId) {
      const { firstName = '', lastName = '' } = directory.user(organizationId, userId) ?? {};
      return `${firstName} ${lastName}`.trim();
    },
  });
  const feed = new LogFeed({
    clock,
    store: store.calls,
    organizationOfCall: (callId) => runtime.call(callId)?.organizationId ?? null,
  });
  const nudge = () => feed.nudge();
  runtime.on('event', nudge);
  devices.on('event', nudge);
  registerStream(http, login, {
    clock,
    feed,
    sampler,
    runsServer,
    call: (callId) => runtime.call(callId),
    refOfLeg: (legId) => runtime.refOfLeg(legId),
  });
}

async function makeIdempotency({ clock, config, log, store }: Parts): Promise<Idempotency> {
  return new Idempotency({
    clock: steadyClock(clock),
    log,
    store: store.idempotency,
    keptMs: config.retention.requestKeysMs,
    salt: await store.salt('idempotency'),
  });
}

function forDialects(
  parts: Parts,
  made: Pick<DialectParts, 'idempotency' | 'frontDoor' | 'conferences' | 'sessions' | 'version'>,
): DialectParts {
  const { clock, config, devices, directory, legs, notifications, random, runtime, store, tokens, webhooks, webLegs } =
    parts;
  return {
    ...made,
    clock,
    random,
    directory,
    runtime,
    devices,
    calls: store.calls,
    subscriptions: webhooks.subscriptions,
    notifications,
    registrations: (id) => legs.registrations(id),
    keepPin: (legId, pin) => legs.keepPin(legId, pin),
    browsers: webLegs,
    legs,
    presented: (token) => presented(token, tokens, directory),
    publicUrl: config.http.publicUrl,
  };
}

/** `/sandbox`: for people a page, which asks as programs do; they are told the numbers as JSON. */
function registerSandbox(http: FastifyInstance, { carrier }: InterfacesOptions): void {
  http.get('/sandbox', { schema: { hide: true } as object }, async (request, reply) => {
    if (asksForPage(request)) return sandboxPage(reply);
    const running = carrier();
    if (running === null) {
      throw new AppError(
        'notFound',
        'The carrier in the box does not run here: a trunk is configured, or sandbox is off.',
      );
    }
    return reply.headers({ 'cache-control': 'no-store', vary: 'accept' }).send(sandboxTold(running));
  });
}
