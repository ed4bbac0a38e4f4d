import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Log } from './base/log.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Collects traces and sends them by OTLP over HTTP, or prints them, where the environment says so
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/): an endpoint, or
 * OTEL_TRACES_EXPORTER; what is empty is as if it were not there. Nothing of it is loaded otherwise. What it gives
 * sends what is left, and ends it.
 */
export async function startTracing(all: Environment, log: Log): Promise<(() => Promise<void>) | null> {
  const env: Environment = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER: wanted } = env;
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (OTEL_SDK_DISABLED === 'true' || wanted === 'none' || (wanted ?? endpoint) === undefined) return null;
  if (wanted !== undefined && wanted !== 'otlp' && wanted !== 'console') {
    log.warn({ exporter: wanted }, 'OTEL_TRACES_EXPORTER is none of otlp, console, none: there are no traces');
    return null;
  }
  const { NodeTracerProvider, BatchSpanProcessor, ConsoleSpanExporter } = await import('@opentelemetry/sdk-trace-node');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { defaultResource, resourceFromAttributes } = await import('@opentelemetry/resources');
  const exporter = wanted === 'console' ? new ConsoleSpanExporter() : telling(new OTLPTraceExporter(), log);
  const service = resourceFromAttributes({ 'service.name': env['OTEL_SERVICE_NAME'] ?? 'partyline' });
  const provider = new NodeTracerProvider({
    resource: defaultResource().merge(service),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  // With the propagator of W3C Trace Context, and a context that follows what is awaited.
  provider.register();
  log.info({ exporter: wanted ?? 'otlp', endpoint: withoutLogin(endpoint) }, 'traces are collected');
  return () => provider.shutdown();
}

/**
 * Says once that the collector does not take them, and once that it does again: OpenTelemetry says nothing by itself.
 */
function telling(exporter: SpanExporter, log: Log): SpanExporter {
  let failing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== 0;
        if (failed && !failing) log.warn({ err: result.error }, 'the collector does not take traces; they are lost');
        if (!failed && failing) log.info('the collector takes traces again');
        failing = failed;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

/** The address, without what proves to the collector who sends. */
function withoutLogin(endpoint: string | undefined): string | undefined {
  const address = endpoint === undefined ? null : URL.parse(endpoint);
  if (address === null) return endpoint;
  for (const part of ['username', 'password', 'search', 'hash'] as const) address[part] = '';
  return address.href;
}
