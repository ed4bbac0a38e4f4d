import { AppError } from '../../../base/app-error.ts';
import { checkRoom } from '../../../call/step/arrival.ts';

/** Whether the call model would let so many of that role into the call. */
export function hasRoom(...of: Parameters<typeof checkRoom>): boolean {
  try {
    checkRoom(...of);
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
