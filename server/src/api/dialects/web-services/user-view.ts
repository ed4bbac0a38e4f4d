import type { UserView } from '../../../directory/directory-views.ts';
import type { UserRole } from '../../../directory/records.ts';
import { contactCenterIdOf, userIdOf } from './ids.ts';
import { addressOf } from './links.ts';

const roles: Readonly<Record<UserRole, string>> = {
  agent: 'ROLE_AGENT',
  supervisor: 'ROLE_SUPERVISOR',
  administrator: 'ROLE_ADMIN',
  operator: 'ROLE_ADMIN',
};

export interface UserJson {
  readonly id: string;
  readonly userName: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly emailAddress: string;
  readonly roles: readonly string[];
  readonly enabled: boolean;
  readonly changePasswordOnFirstLogin: boolean;
  readonly contactCenterId: string;
  readonly uri: string;
  readonly path: string;
}

/** A user as it is shown. `base`: scheme, host and root of the links. */
export function userView(user: UserView, base: string): UserJson {
  const id = userIdOf(user.organizationId, user.id);
  const userName = user.login ?? '';
  return {
    id,
    userName,
    firstName: user.firstName,
    lastName: user.lastName,
    emailAddress: userName.includes('@') ? userName : '',
    roles: [...new Set(user.roles.map((role) => roles[role]))],
    enabled: true,
    changePasswordOnFirstLogin: false,
    contactCenterId: contactCenterIdOf(user.organizationId),
    ...addressOf(base, `/users/${id}`),
  };
}
