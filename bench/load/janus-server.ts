import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const room = 1234;
const startTimeoutMs = 10_000;
const eventsAtOnce = 100;

/** What an HTTP answer or event of Janus may hold. */
interface JanusMessage {
  readonly janus: string;
  readonly transaction?: string;
  readonly data?: { readonly id: number };
  readonly sender?: number;
  readonly plugindata?: {
    readonly data: {
      readonly audiobridge?: string;
      readonly rtp?: { readonly port: number };
      readonly error?: string;
    };
  };
  readonly jsep?: { readonly type: string; readonly sdp: string };
  readonly error?: { readonly reason: string };
  readonly reason?: string;
}

/** A Janus of our own on loopback, with one AudioBridge room (8 kHz unless told) for browsers and plain RTP. */
export class JanusServer {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #url: string;
  #session = 0;
  #transactions = 0;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#folder = folder;
    this.#url = `http://127.0.0.1:${port}/janus`;
  }

  static async start(rate = 8000): Promise<JanusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'partyline-janus-'));
    const port = await freePort();
    const from = 40_000 + 2 * Math.floor(Math.random() * 4000);
    const files: Record<string, string> = {
      'janus.jcfg': `general: { debug_level = 1\n session_timeout = 0\n configs_folder = "${folder}" }
        media: { rtp_port_range = "${from}-${from + 4000}" }
        plugins: { disable = "libjanus_echotest.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_videoroom.so,libjanus_voicemail.so,libjanus_nosip.so,libjanus_lua.so,libjanus_duktape.so" }
        transports: { disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_websockets.so" }
        events: { broadcast = false }`,
      'janus.transport.http.jcfg': `general: { json = "compact"\n base_path = "/janus"\n http = true\n port = ${port}\n ip = "127.0.0.1"\n https = false }
        admin: { admin_http = false\n admin_https = false }`,
      'janus.plugin.audiobridge.jcfg': `general: { local_ip = "127.0.0.1"\n rtp_port_range = "${from}-${from + 4000}" }
        room-${room}: { description = "bench"\n sampling_rate = "${rate}"\n record = "false"\n allow_rtp_participants = true }`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const child = spawn('janus', ['-F', folder, '-i', '127.0.0.1'], { stdio: 'ignore', cwd: folder });
    const server = new JanusServer(child, folder, port);
    try {
      await server.#begin();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** A participant that receives at `port`; returns where it is to send. */
  async join(port: number, payloadType: number, codec: 'pcmu' | 'opus' = 'pcmu'): Promise<number> {
    const handle = await this.#attach();
    const rtp = { ip: '127.0.0.1', port, payload_type: payloadType };
    await this.#tell(handle, { request: 'join', room, codec, rtp });
    return await this.#told(handle, ({ plugindata }) => plugindata?.data.rtp?.port);
  }

  /** A participant over WebRTC: its offer, with all candidates, and the answer. */
  async joinBrowser(sdp: string): Promise<string> {
    const handle = await this.#attach();
    await this.#tell(handle, { request: 'join', room, codec: 'opus' });
    await this.#told(handle, ({ plugindata }) => plugindata?.data.audiobridge === 'joined' || undefined);
    await this.#tell(handle, { request: 'configure', muted: false }, { type: 'offer', sdp });
    return await this.#told(handle, ({ jsep }) => jsep?.sdp);
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.#child.once('exit', done));
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #begin(): Promise<void> {
    const deadline = performance.now() + startTimeoutMs;
    for (;;) {
      try {
        const { data } = await this.#ask('', { janus: 'create' });
        this.#session = data!.id;
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await new Promise((done) => setTimeout(done, 100));
      }
    }
  }

  async #attach(): Promise<number> {
    const { data } = await this.#ask(`/${this.#session}`, { janus: 'attach', plugin: 'janus.plugin.audiobridge' });
    return data!.id;
  }

  async #tell(handle: number, body: object, jsep?: object): Promise<void> {
    await this.#ask(`/${this.#session}/${handle}`, { janus: 'message', body, ...(jsep === undefined ? {} : { jsep }) });
  }

  /** What this participant is told, once it is what was waited for; what comes with it is passed over. */
  async #told<T>(handle: number, take: (message: JanusMessage) => T | undefined): Promise<T> {
    for (;;) {
      for (const message of await this.#events()) {
        if (message.sender !== handle) continue;
        const taken = take(message);
        if (taken !== undefined) return taken;
        const error = message.janus === 'hangup' ? message.reason : message.plugindata?.data.error;
        if (error !== undefined) throw new Error(`Janus: ${error}`);
      }
    }
  }

  async #ask(path: string, message: object): Promise<JanusMessage> {
    const response = await fetch(this.#url + path, {
      method: 'POST',
      body: JSON.stringify({ ...message, transaction: `t${this.#transactions++}` }),
    });
    const answer = (await response.json()) as JanusMessage;
    if (answer.janus === 'error') throw new Error(answer.error?.reason);
    return answer;
  }

  /** Waits for one; those of all participants come by the same session. */
  async #events(): Promise<readonly JanusMessage[]> {
    const response = await fetch(`${this.#url}/${this.#session}?rid=${this.#transactions++}&maxev=${eventsAtOnce}`);
    const events = (await response.json()) as JanusMessage | readonly JanusMessage[];
    return [events].flat();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
