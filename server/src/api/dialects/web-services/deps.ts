import type { Clock } from '../../../base/clock.ts';
import type { Secret } from '../../../base/secret.ts';
import type { DeviceRuntime } from '../../../call/devices/device-runtime.ts';
import type { Remarks } from '../../../call/remarks/remarks.ts';
import type { CallRuntime } from '../../../call/runtime/runtime.ts';
import type { Directory } from '../../../directory/directory.ts';
import type { AgentStates } from './agent-states.ts';
import type { Sessions } from './session/sessions.ts';

/** What the interface needs of the rest of the server. */
export interface WebServicesDeps {
  readonly clock: Clock;
  readonly directory: Pick<
    Directory,
    'user' | 'organization' | 'extensionById' | 'extensionsOf' | 'extensionsOfUser' | 'route' | 'admit' | 'verifyLogin'
  >;
  readonly runtime: Pick<CallRuntime, 'call' | 'connectionsOf' | 'do'>;
  readonly devices: Pick<DeviceRuntime, 'of' | 'do'>;
  /** On calls that are over. */
  readonly remarks: Pick<Remarks, 'make'>;
  /** Phones that are registered for an extension: none, and dialling it is for nothing. */
  readonly registrations: (extensionId: string) => readonly unknown[];
  /** A PIN for the access call that began with this leg; kept in memory only. */
  readonly keepPin: (legId: string, pin: Secret) => void;
  /** Scheme and host of links; null: those of each request. */
  readonly publicUrl: string | null;
  readonly sessions: Sessions;
  readonly states: AgentStates;
  /** What is told to this user (`<organizationId>-<userId>`) waits until what is given back is called. */
  readonly hold: (account: string) => () => void;
  /** A user has ended work: nothing more is told to it. */
  readonly endNotifications: (user: { readonly organizationId: string; readonly userId: number }) => void;
  readonly version: string;
}
