import { AppError } from '../../base/app-error.ts';
import { consistsOf, isPrintable, TOKEN } from './chars.ts';
import { SipRequest, type SipResponse } from './message.ts';
import { formatUri } from './uri.ts';

/**
 * The message as bytes, its Content-Length written from the body. Text is written as UTF-8.
 * Throws AppError when the start line could not be read back.
 */
export function serialize(message: SipRequest | SipResponse): Buffer {
  const line = message instanceof SipRequest ? requestLine(message) : statusLine(message);
  const head = `${line}\r\n${message.headers.toWire()}Content-Length: ${message.body.length}\r\n\r\n`;
  if (message.body.length === 0) return Buffer.from(head, 'utf8');
  const length = Buffer.byteLength(head, 'utf8');
  const bytes = Buffer.allocUnsafe(length + message.body.length);
  bytes.write(head, 0, 'utf8');
  message.body.copy(bytes, length);
  return bytes;
}

function requestLine(request: SipRequest): string {
  const uri = formatUri(request.uri);
  if (!consistsOf(request.method, TOKEN) || !isPrintable(uri) || uri.includes(' ')) {
    throw new AppError('invalidArgument', 'The method or the URI of the SIP request cannot be written.');
  }
  return `${request.method} ${uri} SIP/2.0`;
}

function statusLine(response: SipResponse): string {
  const { status, reason } = response;
  if (!Number.isInteger(status) || status < 100 || status > 699 || !isPrintable(reason)) {
    throw new AppError('invalidArgument', 'The status or the reason of the SIP response cannot be written.');
  }
  return `SIP/2.0 ${status} ${reason}`;
}
