import { type ReactNode, useId } from 'react';
import { Icon, type IconName } from '../../look/icons.tsx';

interface DoorProps {
  readonly icon: IconName;
  readonly title: string;
  readonly text: string;
  /** Something goes on behind it now. */
  readonly open: boolean;
  readonly children: ReactNode;
}

/** One way into the conference. */
export function Door({ icon, title, text, open, children }: DoorProps) {
  const heading = useId();
  return (
    <section className={open ? 'door open' : 'door'} aria-labelledby={heading}>
      <header>
        <span className="door-sign">
          <Icon name={icon} />
        </span>
        <h2 id={heading}>{title}</h2>
      </header>
      <p className="soft">{text}</p>
      {children}
    </section>
  );
}
