import type { Config } from './config/config.ts';
import type { Configured } from './welcome.ts';

/**
 * How much the configuration file names; null: there is none. What is stored besides from earlier files is not counted.
 */
export function configuredIn({ file, organizations, trunks, dialPlan }: Config): Configured | null {
  if (file === null) return null;
  const users = (organizations ?? []).flatMap((organization) => organization.users);
  const extensions = users.flatMap((user) => user.extensions);
  const conferences = extensions.flatMap((extension) => (extension.type === 'conference' ? extension.conferences : []));
  return {
    file,
    users: users.length,
    phones: extensions.filter(({ type }) => type === 'terminal').length,
    conferences: conferences.length,
    trunks: trunks?.length ?? 0,
    dialRules: dialPlan?.length ?? 0,
  };
}
