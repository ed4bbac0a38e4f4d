import type { Draft } from './draft.ts';

/**
 * Who talks in a conference, as one event for all that changed since the last; nothing when nothing did. A step.
 */
export function talkers(
  draft: Draft,
  input: { readonly callId: string; readonly changes: ReadonlyMap<string, boolean> },
): void {
  const call = draft.find(input.callId);
  if (call === null || call.kind !== 'conference') return;
  const started: string[] = [];
  const stopped: string[] = [];
  for (const [connectionId, talking] of input.changes) {
    const connection = call.connections.get(connectionId);
    if (connection === undefined || connection.state !== 'connected' || connection.talking === talking) continue;
    // Of one whom the others do not hear nothing is told.
    if (connection.role === 'supervisor') continue;
    (talking ? started : stopped).push(connectionId);
  }
  if (started.length + stopped.length === 0) return;
  draft.emit(call.id, 'talking', null, 'normal', { started, stopped });
}
