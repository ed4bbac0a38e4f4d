import type { FastifyInstance, FastifyRequest } from 'fastify';
import { served, type TracedWork } from '../base/tracing.ts';

/** One span for each request, within the trace that its `traceparent` names; what it asks for belongs to it. */
export function traceRequests(http: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, TracedWork>();
  http.addHook('preValidation', (request, _reply, done) => {
    const { method, routeOptions, headers } = request;
    const route = routeOptions.url ?? '';
    const span = served(route === '' ? method : `${method} ${route}`, headers, {
      'http.request.method': method,
      'http.route': route,
      'url.scheme': request.protocol,
      'partyline.request': request.id,
    });
    spans.set(request, span);
    span.within(done);
  });
  http.addHook('onResponse', (request, reply, done) => {
    const { statusCode } = reply;
    spans.get(request)?.end({ 'http.response.status_code': statusCode }, statusCode >= 500 ? String(statusCode) : null);
    done();
  });
}
