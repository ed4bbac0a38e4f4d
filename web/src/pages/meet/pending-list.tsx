import type { Command, Pending } from '../../line/protocol.ts';
import { Icon } from '../../look/icons.tsx';
import { useWords } from '../../words/meet.ts';

interface PendingListProps {
  readonly pending: readonly Pending[];
  readonly onCommand: (command: Command) => void;
}

/** Who knocks at the locked meeting: moderators let them in or turn them away. */
export function PendingList({ pending, onCommand }: PendingListProps) {
  const words = useWords();
  return (
    <section className="pending" aria-labelledby="pending-title">
      <h3 id="pending-title">
        <Icon name="lock" />
        {words.atTheDoor}
      </h3>
      <ul>
        {pending.map(({ id, name }) => (
          <li key={id}>
            <span className="knocker">{name}</span>
            <button
              type="button"
              className="small primary"
              aria-label={words.admitOne(name)}
              onClick={() => onCommand({ do: 'admit', participant: id })}
            >
              {words.admit}
            </button>
            <button
              type="button"
              className="small"
              aria-label={words.denyOne(name)}
              onClick={() => onCommand({ do: 'deny', participant: id })}
            >
              {words.deny}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
