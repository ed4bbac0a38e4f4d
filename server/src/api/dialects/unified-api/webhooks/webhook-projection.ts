import type { WebhookFormat } from '../../../../directory/records.ts';
import type { CallChange, Projection } from '../../../../push/projection.ts';
import type { WebhookDialect, WebhookNote } from '../../../../push/webhooks/webhook-dialect.ts';
import { type ViewChange, ViewChanges } from './view-changes.ts';
import { mostWebhookType, type NumbersOf, webhookFields, webhookTypeName, webhookTypeOf } from './webhook-fields.ts';

export interface UnifiedApiWebhooksOptions {
  /** Extended and public numbers of an extension. */
  readonly numbersOf: NumbersOf;
  /** How an app wants its fields written; null or absent: as usual. */
  readonly formatOf?: (appKey: string) => WebhookFormat | null;
}

/** Webhooks in the words of the Unified API: its `phoneCallEvents`. */
export function unifiedApiWebhooks(options: UnifiedApiWebhooksOptions): WebhookDialect {
  return {
    mostType: mostWebhookType,
    nameOfType: webhookTypeName,
    projection: () => new PhoneCallEvents(options),
  };
}

class PhoneCallEvents implements Projection<WebhookNote> {
  readonly #options: UnifiedApiWebhooksOptions;
  readonly #changes = new ViewChanges();

  constructor(options: UnifiedApiWebhooksOptions) {
    this.#options = options;
  }

  next(changes: readonly CallChange[]): readonly WebhookNote[] {
    const seen = changes.flatMap((change) => this.#changes.next(change));
    // A leg that left one call arrives in the other in the same step; of a log that does not hold together it never
    // does.
    return [...seen, ...this.#changes.abandon()].map((change) => this.#noteOf(change));
  }

  recall(change: CallChange): void {
    this.#changes.recall(change);
  }

  forget(callId: string): void {
    this.#changes.forget(callId);
  }

  #noteOf(change: ViewChange): WebhookNote {
    const { numbersOf, formatOf } = this.#options;
    const { extensionId, phoneCallId } = change.view;
    return {
      extensionId,
      type: webhookTypeOf(change),
      orderKey: phoneCallId,
      fieldsFor: ({ appKey }) =>
        webhookFields(change, numbersOf, (appKey === null ? null : formatOf?.(appKey)) ?? undefined),
    };
  }
}
