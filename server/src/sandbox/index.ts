/** The sandbox as a library: see docs/sandbox.md. */
export { type SandboxNumber, sandboxNumbers } from './behaviours.ts';
export { type DialOptions, SandboxCarrier, type SandboxCarrierOptions } from './carrier.ts';
export { SandboxPhone, type SandboxPhoneOptions } from './phone.ts';
export { SandboxProcess, type SandboxProcessOptions } from './process.ts';
export type { Playable, SandboxCall, SandboxCallEnd, SandboxCallState } from './sandbox-call.ts';
