import OAuth2Server from '@node-oauth/oauth2-server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OAuthDirectory } from './apps.ts';
import type { Form } from './form.ts';
import { OAuthModel } from './oauth-model.ts';
import type { Tokens } from './tokens.ts';

/** One request to the OAuth 2.0 library, with a model of its own. */
export interface Exchange {
  readonly model: OAuthModel;
  readonly server: OAuth2Server;
  readonly request: OAuth2Server.Request;
  readonly response: OAuth2Server.Response;
}

/** The library reads forms only, so whatever the body was, it sees one. */
export function exchange(directory: OAuthDirectory, tokens: Tokens, request: FastifyRequest, form: Form): Exchange {
  const { authorization } = request.headers;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': '1',
    ...(authorization === undefined ? {} : { authorization }),
  };
  const model = new OAuthModel(directory, tokens, request.headers['user-agent'] ?? '');
  return {
    model,
    server: new OAuth2Server({ model, allowEmptyState: true }),
    request: new OAuth2Server.Request({ headers, method: 'POST', query: {}, body: form }),
    response: new OAuth2Server.Response(),
  };
}

/** An error of RFC 6749 §5.2: unlike those of the interface behind it, its `error` is the code itself. */
export function refuse(reply: FastifyReply, status: number, error: string, description: string): void {
  sendJson(reply.code(status), { error, error_description: description });
}

/** Whether nothing could be stored, which the library wraps: what was asked for may be asked for again. */
export function isStoreFailure(thrown: unknown): boolean {
  let error = thrown as { readonly name?: unknown; readonly inner?: unknown } | null | undefined;
  for (let depth = 0; depth < 4 && error instanceof Error; depth++) {
    if (error.name === 'StoreError') return true;
    error = (error as { readonly inner?: Error }).inner;
  }
  return false;
}

/** As bytes, since clients compare the type with `application/json` and text would get a charset behind it. */
export function sendJson(reply: FastifyReply, body: object): void {
  void reply
    .headers({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Pragma: 'no-cache' })
    .send(Buffer.from(JSON.stringify(body)));
}

export interface LibraryError {
  readonly name: string;
  readonly message: string;
  readonly code: number;
}

/** What the library refused, as status and RFC 6749 code; null when it is a mistake of ours. */
export function refusalOf(thrown: unknown): { status: number; error: string; description: string } | null {
  if (!(thrown instanceof Error)) return null;
  const { name, message, code } = thrown as Error & Partial<LibraryError>;
  if (typeof code !== 'number' || code >= 500) return null;
  // §5.2 allows 400 and 401; 401 is what says: your key or your secret.
  const status = name === 'invalid_client' ? 401 : code;
  return { status, error: name, description: message.replaceAll('`', '') };
}
