import { testOrganization } from './partyline.ts';

const features = ['api-voice', 'api-voice-recording', 'api-supervisor-monitoring'];
/** Of every agent. */
export const agentPassword = 'battery-staple';

/** A user whose browser is to be the phone of one extension; named as the login is. */
export function browserAgent(id: number, login: string, number: string, roles: readonly string[] = ['agent']) {
  return {
    id,
    login,
    password: agentPassword,
    firstName: login,
    lastName: 'Agent',
    roles,
    features,
    extensions: [{ number, type: 'terminal', callerId: `${login} <${number}>`, sipPassword: 's3cret-phone' }],
  };
}

/** The organization of the tests with these agents, beside its first user, who may do as much. */
export function withAgents(...agents: readonly object[]): object {
  const [first] = testOrganization.users;
  return { ...testOrganization, users: [{ ...first, features }, ...agents] };
}
