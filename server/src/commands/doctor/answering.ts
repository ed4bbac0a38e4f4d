import { type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { Config } from '../../config/config.ts';

const patienceMs = 2000;
/** More than a server says of itself. */
const longestAnswer = 1 << 16;

/** Whether it is a Partyline server that has the HTTP port. */
export async function isAnswering({ host, port, tls }: Config['http']): Promise<boolean> {
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const where = { host: address, port, path: '/healthz', agent: false, signal: AbortSignal.timeout(patienceMs) };
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      // What its certificate says is not asked: it is of a name, and this is only whether somebody is there.
      const asked = tls === null ? plain(where, resolve) : secure({ ...where, rejectUnauthorized: false }, resolve);
      asked.once('error', reject).end();
    });
    const { status } = JSON.parse(await textOf(answer)) as { status?: unknown };
    return typeof status === 'string';
  } catch {
    return false;
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    text += chunk;
    if (text.length > longestAnswer) throw new Error('It says too much.');
  }
  return text;
}
