import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, beforeEach } from 'node:test';

/** The part of a browser that Node.js lacks: a microphone that can be pulled out, and connections that connect. */

// biome-ignore lint/suspicious/noExplicitAny: what pages of a browser have
type Anything = any;

export class Track extends EventTarget {
  enabled = true;
  readyState = 'live';
  readonly of: string;

  constructor(of: string) {
    super();
    this.of = of;
  }

  /** By the page: it is told of nothing. */
  stop(): void {
    this.readyState = 'ended';
  }

  /** Its device is pulled out. */
  pullOut(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }
}

class Stream {
  readonly #tracks: Track[];

  constructor(tracks: Track[] = []) {
    this.#tracks = [...tracks];
  }

  getTracks = () => [...this.#tracks];
  getAudioTracks = () => [...this.#tracks];
  addTrack = (track: Track) => void this.#tracks.push(track);
  removeTrack = (track: Track) => void this.#tracks.splice(this.#tracks.indexOf(track), 1);
}

class Sender {
  track: Track;

  constructor(track: Track) {
    this.track = track;
  }

  async replaceTrack(track: Track): Promise<void> {
    this.track = track;
  }
}

class Connection extends EventTarget {
  iceGatheringState = 'complete';
  connectionState = 'new';
  localDescription = { sdp: 'v=0' };
  onconnectionstatechange: () => void = () => {};
  readonly #senders: Sender[] = [];

  constructor() {
    super();
    fake.connections.push(this);
  }

  addTrack(track: Track): Sender {
    const sender = new Sender(track);
    this.#senders.push(sender);
    return sender;
  }

  getSenders = () => this.#senders;
  setConfiguration() {}
  close() {}
  async createOffer() {}
  async setLocalDescription() {}

  async setRemoteDescription(): Promise<void> {
    this.connectionState = 'connected';
    queueMicrotask(() => this.onconnectionstatechange());
  }
}

/** A socket to the server, which does all that it is asked. */
class Socket {
  readyState = 0;
  readonly address: string;
  onopen: () => void = () => {};
  onmessage: (event: { data: string }) => void = () => {};
  onclose: (event: { code: number }) => void = () => {};

  constructor(address: string) {
    this.address = address;
    fake.sockets.push(this);
    queueMicrotask(() => {
      if (!fake.reached) this.close();
      else if (this.readyState === 0) {
        this.readyState = 1;
        this.onopen();
      }
    });
  }

  send(text: string): void {
    const { id, do: what } = JSON.parse(text);
    fake.commands.push(what);
    this.hears({ type: 'answer', id, ok: true });
  }

  hears(message: object): void {
    queueMicrotask(() => this.onmessage({ data: JSON.stringify(message) }));
  }

  close(code = 1006): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose({ code });
  }
}

/** What the browser is like, and what was asked of it. */
const fake = {
  connections: [] as Connection[],
  tracks: [] as Track[],
  sockets: [] as Socket[],
  /** What was asked by sockets. */
  commands: [] as string[],
  /** Whether sockets reach the server. */
  reached: true,
  /** By their ids; the first is taken where any is wanted. */
  microphones: ['built-in'] as readonly string[],
  /** Until when whoever asks for the microphone waits for the user. */
  user: Promise.resolve() as Promise<unknown>,
};

/** The track that is sent now. */
export const spoken = () => fake.connections.at(-1)?.getSenders()[0]?.track;

async function getUserMedia({ audio }: Anything): Promise<Stream> {
  const wanted = audio.deviceId?.exact as string | undefined;
  await fake.user;
  const found = wanted === undefined ? fake.microphones[0] : fake.microphones.find((id) => id === wanted);
  if (found === undefined)
    throw new DOMException('none', wanted === undefined ? 'NotFoundError' : 'OverconstrainedError');
  const track = new Track(found);
  fake.tracks.push(track);
  return new Stream([track]);
}

let devices = new EventTarget();

/** The server is not reached, and its sockets are lost; or it is again. */
export function reach(reached: boolean): void {
  fake.reached = reached;
  if (!reached) for (const socket of fake.sockets.splice(0)) socket.close();
}

/** Others are plugged in than before. */
export function plugIn(...microphones: readonly string[]): void {
  fake.microphones = microphones;
  devices.dispatchEvent(new Event('devicechange'));
}

/** As it begins with `fresh`; what it adds to Node.js is taken away by `stop`. */
export function startBrowser() {
  const before = globalThis.WebSocket;
  Object.assign(globalThis, { RTCPeerConnection: Connection, MediaStream: Stream, WebSocket: Socket });
  const stop = () => {
    Object.assign(globalThis, { WebSocket: before });
    delete (globalThis.navigator as Anything).mediaDevices;
    delete (globalThis as Anything).RTCPeerConnection;
    delete (globalThis as Anything).MediaStream;
  };
  const fresh = () => {
    fake.connections.length = 0;
    fake.tracks.length = 0;
    fake.sockets.length = 0;
    fake.commands.length = 0;
    Object.assign(fake, { microphones: ['built-in'], user: Promise.resolve(), reached: true });
    devices = Object.assign(new EventTarget(), {
      getUserMedia,
      enumerateDevices: async () =>
        fake.microphones.map((deviceId) => ({ kind: 'audioinput', deviceId, label: deviceId, groupId: '' })),
    });
    Object.defineProperty(globalThis.navigator, 'mediaDevices', { value: devices, configurable: true });
  };
  return { fake, fresh, stop };
}

/** For the tests of a file: the browser, and a server for all of them; each begins with them `fresh`. */
export async function browserWithServer() {
  const { fake, fresh, stop } = startBrowser();
  const server = await startServer();
  after(() => {
    server.stop();
    stop();
  });
  beforeEach(() => {
    fresh();
    server.calls.begun = 0;
  });
  return { fake, server };
}

/**
 * A server that gives tokens, and takes every offer, under a number each, until it is taken back; it tells of nothing.
 */
async function startServer() {
  const calls = { begun: 0, open: new Set<string>() };
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      if (request.url?.endsWith('/token') === true) {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: 'x.e30.y' }));
      } else if (request.method === 'POST') {
        const path = `/whip/${++calls.begun}`;
        calls.open.add(path);
        response.writeHead(201, { location: `${base()}${path}`, etag: '"1"', 'content-type': 'application/sdp' });
        response.end('v=0');
      } else {
        calls.open.delete(request.url ?? '');
        response.writeHead(200).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { base, calls, stop };
}
