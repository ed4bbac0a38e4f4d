import type { Projection } from '../projection.ts';
import type { WebhookSubscription } from './webhook-records.ts';

/** Something that an extension sees happen, told to whoever subscribes to that type of event of it. */
export interface WebhookNote {
  readonly extensionId: string;
  readonly type: number;
  /** What is told with the same key goes to a receiver one after the other. */
  readonly orderKey: string;
  /** As this receiver wants them written: name=value pairs, URL-encoded. */
  fieldsFor(subscription: WebhookSubscription): string;
}

/** The interface in whose words webhooks are told. */
export interface WebhookDialect {
  /** Types of events are numbered from 0 to this. */
  readonly mostType: number;
  /** As a header of the request says it. */
  nameOfType(type: number): string;
  /** One that has told nothing yet. */
  projection(): Projection<WebhookNote>;
}
