import { AppError } from '../../../base/app-error.ts';

export type CommandCode = 'notAllowed' | 'notFound' | 'invalid' | 'notSupported' | 'refused' | 'unavailable';

export class CommandRefused extends Error {
  readonly code: CommandCode;

  constructor(code: CommandCode, message: string) {
    super(message);
    this.name = 'CommandRefused';
    this.code = code;
  }
}

/** What went wrong, as it is told. Null: a mistake of ours. */
export function toRefusal(thrown: unknown): CommandRefused | null {
  if (thrown instanceof CommandRefused) return thrown;
  if (!(thrown instanceof AppError)) return null;
  if (thrown.code === 'unavailable') return new CommandRefused('unavailable', thrown.message);
  if (thrown.status === 403) return new CommandRefused('notAllowed', thrown.message);
  if (thrown.status === 404) return new CommandRefused('notFound', thrown.message);
  return thrown.status < 500 ? new CommandRefused('refused', thrown.message) : null;
}
