import type { FastifyInstance } from 'fastify';
import { AppError } from '../base/app-error.ts';
import { bodyText } from './body-text.ts';

/**
 * How deep arrays and objects may be nested in what clients send. No interface here needs more than five; whoever
 * writes such a value again (an answer, a fingerprint, a log) calls itself once for each level, and some thousands
 * overflow the stack.
 */
export const mostJsonDepth = 64;

/**
 * Throws AppError invalidArgument where JSON text is nested deeper than `mostJsonDepth`. Every reader of JSON from
 * outside asks this first, before anything is made of the text. It looks at each character once, and only at brackets
 * and quotes: what is no JSON is left to the parser.
 */
export function checkJsonDepth(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 0x5c) at++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) {
      quoted = true;
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > mostJsonDepth) {
        throw new AppError('invalidArgument', `The JSON is nested deeper than ${mostJsonDepth} levels.`);
      }
    } else if (code === 0x5d || code === 0x7d) {
      depth--;
    }
  }
}

/**
 * JSON from outside, behind the check, with or without a byte order mark; undefined where there is nothing. Throws
 * AppError invalidArgument.
 */
export function readJson(text: string): unknown {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (json.trim() === '') return undefined;
  checkJsonDepth(json);
  try {
    return JSON.parse(json);
  } catch {
    throw new AppError('invalidArgument', 'The body of the request is no valid JSON.');
  }
}

/**
 * The framework's own reader of JSON, for every plugin that has none of its own, behind the check. A body without
 * content is none, as many clients name its type with every request: operations that want one say so themselves.
 */
export function acceptJson(http: FastifyInstance, type = 'application/json'): void {
  const parse = http.getDefaultJsonParser('error', 'error');
  if (http.hasContentTypeParser(type)) http.removeContentTypeParser(type);
  http.addContentTypeParser<Buffer>(type, { parseAs: 'buffer' }, (request, bytes, done) => {
    if (bytes.length === 0) {
      done(null, undefined);
      return;
    }
    let text: string;
    try {
      text = bodyText(request.headers, bytes);
      checkJsonDepth(text);
    } catch (error) {
      done(error as Error);
      return;
    }
    parse(request, text, done);
  });
}
