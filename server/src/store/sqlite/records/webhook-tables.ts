import type { Expression, ExpressionBuilder, Kysely, Selectable, SqlBool } from 'kysely';
import type {
  StoredWebhookSecret,
  WaitingDelivery,
  WebhookDelivery,
  WebhookStore,
  WebhookSubscription,
} from '../../../push/webhooks/webhook-records.ts';
import { deleteInParts, rowsPerDelete } from '../pruning/parted-deletes.ts';
import type { Tables } from '../tables.ts';
import { type GroupWriter, stepOf } from '../threads/writer.ts';
import { columnsOf } from './columns.ts';

type Row<Name extends keyof Tables> = Selectable<Tables[Name]>;

/** And whether it is enabled. */
const subscriptions = columnsOf<Row<'webhook_subscription'>>()({
  id: 'id',
  organizationId: 'organization_id',
  extensionId: 'extension_id',
  appKey: 'app_key',
  type: 'type',
  url: 'url',
  method: 'method',
  note: 'note',
  since: 'since',
  createdAt: 'created_at',
  modifiedAt: 'modified_at',
});

const secretColumns = columnsOf<Row<'webhook_secret'>>()({
  secret: 'secret',
  createdAt: 'created_at',
  expiresAt: 'expires_at',
});

export class SqliteWebhookTables implements WebhookStore {
  readonly #db: Kysely<Tables>;
  readonly #writer: GroupWriter;

  constructor(db: Kysely<Tables>, writer: GroupWriter) {
    this.#db = db;
    this.#writer = writer;
  }

  async subscriptions(): Promise<WebhookSubscription[]> {
    const rows = await this.#db.selectFrom('webhook_subscription').selectAll().orderBy('number').execute();
    return rows.map((row) => ({ ...subscriptions.fromRow(row), enabled: row.enabled === 1 }));
  }

  async saveSubscription(subscription: WebhookSubscription): Promise<void> {
    const row = { ...subscriptions.toRow(subscription), enabled: subscription.enabled ? 1 : 0 };
    const put = this.#db.insertInto('webhook_subscription').values(row);
    await this.#writer.write([stepOf(put.onConflict((conflict) => conflict.column('id').doUpdateSet(row)))]);
  }

  async removeSubscriptions(ids: readonly string[]): Promise<void> {
    // What waits for them first: left to the foreign key, all of it would go in one statement, with calls waiting
    // behind it.
    for (const id of ids) await this.#drop((of) => of('subscription_id', '=', id));
    const steps = ids.map((id) => stepOf(this.#db.deleteFrom('webhook_subscription').where('id', '=', id)));
    if (steps.length > 0) await this.#writer.write(steps);
  }

  async secrets(): Promise<Map<string, StoredWebhookSecret[]>> {
    const rows = await this.#db.selectFrom('webhook_secret').selectAll().orderBy('created_at', 'desc').execute();
    const secrets = new Map<string, StoredWebhookSecret[]>();
    for (const row of rows) {
      secrets.set(row.app_key, [...(secrets.get(row.app_key) ?? []), secretColumns.fromRow(row)]);
    }
    return secrets;
  }

  async replaceSecrets(appKey: string, secrets: readonly StoredWebhookSecret[]): Promise<void> {
    const rows = secrets.map((secret) => ({ app_key: appKey, ...secretColumns.toRow(secret) }));
    await this.#writer.write([
      stepOf(this.#db.deleteFrom('webhook_secret').where('app_key', '=', appKey)),
      ...rows.map((row) => stepOf(this.#db.insertInto('webhook_secret').values(row))),
    ]);
  }

  async cursor(): Promise<number | null> {
    const row = await this.#db.selectFrom('webhook_cursor').select('position').executeTakeFirst();
    return row?.position ?? null;
  }

  async enqueue(deliveries: readonly WebhookDelivery[], cursor: number): Promise<void> {
    const steps = deliveries.map(({ lane, subscriptionId, orderKey, at, type, fields, number }) => {
      const insert = this.#db
        .insertInto('webhook_delivery')
        .columns(['lane', 'subscription_id', 'order_key', 'at', 'type', 'fields', 'step', 'place'])
        .expression((of) =>
          of
            .selectFrom('webhook_subscription')
            .select((one) => [
              one.val(lane).as('lane'),
              'id',
              one.val(orderKey).as('order_key'),
              one.val(at).as('at'),
              one.val(type).as('type'),
              one.val(fields).as('fields'),
              one.val(number?.step ?? null).as('step'),
              one.val(number?.place ?? null).as('place'),
            ])
            // It may have been removed since the delivery was made.
            .where('id', '=', subscriptionId),
        );
      return stepOf(insert);
    });
    const row = { id: 1, position: cursor };
    const moved = this.#db.insertInto('webhook_cursor').values(row);
    steps.push(stepOf(moved.onConflict((conflict) => conflict.column('id').doUpdateSet(row))));
    await this.#writer.write(steps);
  }

  async lanes(): Promise<string[]> {
    // A lane with a long queue costs as little as one with a short: from one to the next through the index.
    const lanes: string[] = [];
    for (let lane = ''; ; ) {
      const next: { lane: string } | undefined = await this.#db
        .selectFrom('webhook_delivery')
        .select('lane')
        .where('lane', '>', lane)
        .orderBy('lane')
        .limit(1)
        .executeTakeFirst();
      if (next === undefined) return lanes;
      lanes.push(next.lane);
      lane = next.lane;
    }
  }

  async waiting(query: { lane: string; after: number; limit: number }): Promise<WaitingDelivery[]> {
    const rows = await this.#db
      .selectFrom('webhook_delivery')
      .selectAll()
      .where('lane', '=', query.lane)
      .where('position', '>', query.after)
      .orderBy('position')
      .limit(query.limit)
      .execute();
    return rows.map(({ position, lane, subscription_id, order_key, at, type, fields, step, place }) => ({
      position,
      lane,
      subscriptionId: subscription_id,
      orderKey: order_key,
      at,
      type,
      fields,
      number: step === null || place === null ? null : { step, place },
    }));
  }

  async waitingCount(): Promise<number> {
    const { count } = await this.#db
      .selectFrom('webhook_delivery')
      .select((of) => of.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return count;
  }

  async dropOldest({ lane, keep }: { lane: string; keep: number }): Promise<number | null> {
    const newestToGo = await this.#db
      .selectFrom('webhook_delivery')
      .select('position')
      .where('lane', '=', lane)
      .orderBy('position', 'desc')
      .limit(1)
      .offset(keep)
      .executeTakeFirst();
    if (newestToGo === undefined) return null;
    const { position } = newestToGo;
    await this.#drop((of) => of.and([of('lane', '=', lane), of('position', '<=', position)]));
    return position;
  }

  async finish(positions: readonly number[]): Promise<void> {
    for (let at = 0; at < positions.length; at += rowsPerDelete) {
      const steps = positions
        .slice(at, at + rowsPerDelete)
        .map((position) => stepOf(this.#db.deleteFrom('webhook_delivery').where('position', '=', position)));
      await this.#writer.write(steps);
    }
  }

  async #drop(condition: (of: ExpressionBuilder<Tables, 'webhook_delivery'>) => Expression<SqlBool>): Promise<void> {
    const those = this.#db.selectFrom('webhook_delivery').select('position').where(condition);
    await deleteInParts(this.#writer, those, (some) =>
      this.#db.deleteFrom('webhook_delivery').where('position', 'in', some),
    );
  }
}
