import type { SandboxNumber } from './behaviours.ts';

export interface SandboxPageOptions {
  /** Where the carrier listens, e.g. `sip:127.0.0.1:5070`. */
  readonly uri: string;
  /** Of the interface, for the example that can be pasted; e.g. `http://127.0.0.1:8080`. */
  readonly http: string;
}

/** A page (HTML, complete, nothing loaded from elsewhere) with the numbers of the sandbox and what each does. */
export function sandboxPage(_numbers: readonly SandboxNumber[], _options: SandboxPageOptions): string {
  return '';
}
