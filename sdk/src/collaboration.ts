import { Capability } from './base.ts';
import { CapabilityDenialReason } from './base-enums.ts';
import { SdkPromise } from './promise.ts';

/**
 * Sharing of screens and whiteboards is not there. Whatever is asked of it says so without throwing: capabilities are
 * denied, methods that would do something reject, callbacks are taken and never called.
 */
function absent(): unknown {
  const rejected = () => {
    const error = new Error('There is no collaboration.');
    return SdkPromise.rejected(Object.assign(error, { name: 'CAPABILITY_NOT_SUPPORTED' }));
  };
  const known = new Map<string, unknown>();
  const answerOf = (name: string): unknown => {
    if (/^(addOn|removeOn|on[A-Z])/.test(name)) return () => undefined;
    if (/Capability$/.test(name)) {
      const capability = new Capability(CapabilityDenialReason.CAPABILITY_NOT_SUPPORTED);
      return () => capability;
    }
    if (/^is[A-Z]/.test(name)) return () => false;
    // What is private applications read as it is: `_collaboration._selfParticipant._participantId`.
    if (/^_.*Id$/.test(name)) return undefined;
    if (name.startsWith('_')) return absent();
    if (name === 'getContentSharing' || name === 'getWhiteboard' || /^getCollaboration/.test(name)) {
      const part = absent();
      return () => part;
    }
    if (/^get[A-Z]/.test(name)) return () => undefined;
    return rejected;
  };
  return new Proxy(
    {},
    {
      get(_target, name) {
        // What promises and consoles look for is not a method of it.
        if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined;
        if (!known.has(name)) known.set(name, answerOf(name));
        return known.get(name);
      },
    },
  );
}

export const collaborations = absent() as { getCollaboration(): unknown };

/** Where it would be shown: nothing is. */
class Renderer {
  init(_model?: unknown, _elementId?: unknown): void {}
  zoom(_level?: unknown): void {}
}

export class KonvaContentSharingRenderer extends Renderer {}
export class KonvaWhiteboardRenderer extends Renderer {}
