import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { systemRandom } from '../../server/src/base/random.ts';
import { spokenPin, spokenToken } from '../../server/src/base/spoken-secret.ts';

/** What a test logs in and dials with. Made fresh for each sandbox. */
export interface Logins {
  readonly organization: { readonly id: number; readonly prefix: string };
  readonly administrator: { readonly login: string; readonly password: string };
  readonly app: { readonly key: string; readonly secret: string };
  readonly phones: readonly { readonly number: string; readonly password: string }[];
  readonly conferences: readonly {
    /** What a phone dials: `211*3`. */
    readonly dial: string;
    readonly extension: string;
    readonly number: string;
    /** What a browser types. */
    readonly meetingId: string;
    /** Null: there is none. */
    readonly participantPin: string | null;
    readonly moderatorPin: string | null;
  }[];
  /** Dialled from outside, it reaches the conferences' extension. */
  readonly publicNumber: string;
}

const extension = '211';
/** Below what systems give out by themselves. */
const rtpFrom = 20_000;
const rtpTo = 30_000;
const rtpPorts = 400;

export function logins(): Logins {
  const token = () => spokenToken(systemRandom);
  const conference = (number: string, participantPin: string | null, moderatorPin: string | null) => ({
    dial: `${extension}*${number}`,
    extension,
    number,
    meetingId: `${extension}${number}`,
    participantPin,
    moderatorPin,
  });
  return {
    organization: { id: 3, prefix: '0003' },
    administrator: { login: 'admin@example.test', password: token() },
    app: { key: 'demo-app', secret: token() },
    phones: ['15000', '15001', '15002'].map((number) => ({ number, password: token() })),
    conferences: [conference('3', spokenPin(systemRandom, 4), spokenPin(systemRandom, 6)), conference('4', null, null)],
    publicNumber: '3235550100',
  };
}

/** As the organization of a first start, with what `more` says in place of it. */
export async function sandboxConfiguration(
  made: Logins,
  carrierUri: string,
  more: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const from = rtpFrom + 2 * randomInt((rtpTo - rtpFrom - rtpPorts) / 2);
  const conferences = made.conferences.map(({ number, meetingId, participantPin, moderatorPin }) => ({
    number,
    meetingId,
    name: participantPin === null ? 'Open' : 'Weekly',
    participantPin,
    moderatorPin,
    record: 'choice',
  }));
  const phones = made.phones.map(({ number, password }, at) => ({
    number,
    type: 'terminal',
    callerId: `Phone ${at + 1} <${number}>`,
    sipPassword: password,
  }));
  const user = {
    id: 12,
    ...made.administrator,
    firstName: 'Sandy',
    lastName: 'Box',
    roles: ['agent', 'supervisor', 'administrator'],
    extensions: [
      ...phones,
      { number: extension, type: 'conference', publicNumbers: [made.publicNumber], conferences },
      { number: '300', type: 'callback' },
    ],
  };
  return {
    organizations: [
      { ...made.organization, name: 'Sandbox', users: [user], apps: [{ ...made.app, user: 12, trusted: true }] },
    ],
    limits: { callsPerSecond: 200, dialOutPerMinute: 10_000, dialOutConcurrent: 1000 },
    ...more,
    http: { ...(more['http'] as object), host: '127.0.0.1', port: 0 },
    sip: { ...(more['sip'] as object), host: '127.0.0.1', port: 0 },
    media: {
      processes: 1,
      ...(more['media'] as object),
      host: '127.0.0.1',
      rtpPorts: `${from}-${from + rtpPorts - 1}`,
      webrtcPort: await freeUdpPort(),
    },
    sandbox: 'off',
    trunks: [{ name: 'sandbox', uri: carrierUri, options: 'off' }],
    dialPlan: [{ match: '^\\+?[0-9]{7,15}$', trunk: 'sandbox' }],
  };
}

function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
