import type { FastifyInstance } from 'fastify';
import type { UnifiedApiDeps } from './deps.ts';

/** Serves the interface under `/uapi` and `/unifiedapi`. */
export declare function registerUnifiedApi(http: FastifyInstance, deps: UnifiedApiDeps): void;
