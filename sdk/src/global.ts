import { AvayaClientServices } from './index.ts';

(globalThis as Record<string, unknown>)['AvayaClientServices'] = AvayaClientServices;
