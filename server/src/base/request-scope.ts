import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<string>();

/** Does it by order of a request of an interface: whatever it begins can tell whose. */
export function onBehalfOf<Result>(requestId: string, action: () => Result): Result {
  return current.run(requestId, action);
}

/** The id of the request that this is done for, as the interface answered it; null: for none. */
export function currentRequest(): string | null {
  return current.getStore() ?? null;
}

/** The same, to be done later, among what others have ordered. */
export function forCurrentRequest<Arguments extends unknown[], Result>(
  action: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  const requestId = currentRequest();
  return requestId === null ? action : (...given) => current.run(requestId, () => action(...given));
}
