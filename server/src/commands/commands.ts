import type { Command } from './command.ts';

/** By name; `partyline --help` (scripts/commands.mjs) lists the same. Each is loaded when it is asked for. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  check: async () => (await import('./check-file.ts')).checkFile,
  init: async () => (await import('./init/init.ts')).init,
  backup: async () => (await import('./backup/backup.ts')).backup,
  restore: async () => (await import('./backup/restore.ts')).restore,
  doctor: async () => (await import('./doctor/doctor.ts')).doctor,
  call: async () => (await import('./call/call.ts')).call,
  tail: async () => (await import('./administration/tail.ts')).tail,
  users: async () => (await import('./administration/users.ts')).users,
  conferences: async () => (await import('./administration/conferences.ts')).conferences,
};
