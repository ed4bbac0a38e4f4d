import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

const names = new Map<string, string>();

/** `content-type` → `Content-Type`. */
function canonical(name: string): string {
  let known = names.get(name);
  if (known === undefined) {
    known = name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    // Only our own code names headers, so there are few.
    names.set(name, known);
  }
  return known;
}

/**
 * Header names are not case-sensitive, but clients written by hand look for `Content-Type` as it is written in every
 * manual, and find nothing under `content-type`.
 */
export class CanonicalResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  override writeHead(status: number, ...rest: unknown[]): this {
    const at = typeof rest[0] === 'string' ? 1 : 0;
    const headers = rest[at] as OutgoingHttpHeaders | undefined;
    if (headers !== undefined && !Array.isArray(headers)) {
      const cased: OutgoingHttpHeaders = {};
      for (const name in headers) cased[canonical(name)] = headers[name];
      rest[at] = cased;
    }
    return super.writeHead(status, ...(rest as [OutgoingHttpHeaders]));
  }
}
