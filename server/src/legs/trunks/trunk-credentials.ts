import type { Trunk } from '../../directory/records.ts';
import type { OutgoingInviteOptions } from '../../sip/user-agent.ts';

type Credentials = NonNullable<OutgoingInviteOptions['credentials']>;

/**
 * What answers the challenges of a trunk, under its name, so that the next run finds it again; null when it has none.
 */
export function trunkCredentials({ name, username, password }: Trunk): Credentials | null {
  return username === null || password === null ? null : { username, password, account: name };
}
