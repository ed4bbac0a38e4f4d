import { steadyClock } from '../../../base/clock.ts';
import { baseUrl } from '../../base-url.ts';
import { LoginAttempts } from '../../login-attempts.ts';
import type { Dialect, DialectParts } from '../dialect.ts';
import { registerConferenceToken } from './conference-token.ts';
import { registerDiscovery } from './discovery.ts';
import { EventFeed } from './event-feed.ts';
import { type ConfiguredTurn, IceServers } from './ice-servers.ts';
import { Knocks } from './knocks.ts';
import { registerLibrary } from './library.ts';
import { loginOf, registerLogin } from './login.ts';
import { registerMeetingChanges } from './meeting-changes.ts';
import { registerMeetings } from './meetings.ts';
import { registerPhone } from './phone/phone.ts';
import { PhoneLines } from './phone/phone-lines.ts';
import { PhonePlaces } from './phone/phone-places.ts';
import { registerPhoneSocket } from './phone/phone-socket.ts';
import { registerPortal } from './plugin.ts';
import { PortalTokens } from './portal-tokens.ts';
import { registerSessionSocket } from './session-socket.ts';
import { Sessions } from './sessions.ts';
import { registerWhip } from './whip.ts';

interface PortalParts extends DialectParts {
  readonly config: { readonly media: { readonly turn: readonly ConfiguredTurn[] } };
}

/**
 * What a page in a browser asks: a token for a conference, and before that, if it likes, what there is and who it is.
 */
export const portal: Dialect<PortalParts> = {
  tags: [{ name: 'portal', description: 'Join a conference from a browser' }],

  register(http, parts) {
    const {
      browsers,
      calls,
      clock,
      random,
      directory,
      runtime,
      publicUrl,
      conferences,
      legs,
      sessions: logins,
    } = parts;
    const iceServers = new IceServers(clock, random, parts.config.media.turn);
    const tokens = new PortalTokens(clock, random, (who) => directory.loginMark(who.organizationId, who.userId));
    const known = {
      // As lock-outs have it, whose end is told.
      clock: steadyClock(clock),
      random,
      directory,
      tokens,
      iceServers,
      attempts: new LoginAttempts(clock),
      version: '1',
      loginOf: (authorization: string | undefined) => loginOf(tokens, authorization),
      running: (conferenceId: string) => runtime.callOfConference(conferenceId) !== null,
      baseOf: (request: Parameters<typeof baseUrl>[0]) => baseUrl(request, publicUrl),
    };
    const talkedIn = (extensionId: string) =>
      runtime.callsOf(extensionId).flatMap(({ conference }) => conference?.number ?? []);
    registerPortal(http, clock, [
      (app) => registerConferenceToken(app, known),
      (app) => registerLogin(app, known),
      (app) => registerDiscovery(app, known),
      (app) => registerMeetings(app, known),
      (app) => registerMeetingChanges(app, { ...known, conferences, talkedIn }),
    ]);
    registerLibrary(http);
    const sessions = new Sessions(clock, random);
    const lines = new PhoneLines(clock, random, browsers);
    const places = new PhonePlaces(runtime);
    directory.onLoginsEnded((user) => lines.endOf(user));
    const feed: EventFeed = new EventFeed({
      runtime,
      calls,
      isBrowser: (legId) => browsers.has(legId),
      legs,
      knocking: (meeting) => knocks.at(meeting),
    });
    const knocks = new Knocks(clock, (meeting, decided) => feed.knocksChanged(meeting, decided));
    const stop = runtime.on('event', ({ event, call: { conference } }) => {
      const opened = event.type === 'dataChanged' && event.data.locked === false;
      if (opened && conference !== null) void knocks.admitAll(conference);
    });
    http.addHook('onClose', (_http, done) => {
      stop();
      feed.close();
      knocks.close();
      sessions.close();
      lines.close();
      places.close();
      done();
    });
    http.register(async (app) => {
      registerPhone(app, { ...known, lines, sessions: logins });
      await registerPhoneSocket(app, { clock, lines, places, runtime, directory });
    });
    http.register(async (app) => {
      registerWhip(app, { ...known, browsers, sessions });
      await registerSessionSocket(app, { ...known, feed, knocks, lines, runtime, sessions });
    });
  },
};
