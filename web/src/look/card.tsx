import { type ReactNode, useId } from 'react';

interface CardProps {
  readonly title: ReactNode;
  /** Beside the title. */
  readonly aside?: ReactNode;
  readonly className?: string;
  readonly children?: ReactNode;
}

/** A part of a page with a name of its own. */
export function Card({ title, aside, className = '', children }: CardProps) {
  const heading = useId();
  return (
    <section className={`card ${className}`.trim()} aria-labelledby={heading}>
      <div className="card-head">
        <h2 id={heading}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

export type Tone = 'live' | 'good' | 'warn' | 'bad';

/** A word about a state. `live`: it happens just now. */
export function Chip({ tone, children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={`chip ${tone ?? ''}`.trim()}>{children}</span>;
}

interface EmptyProps {
  readonly title: string;
  readonly hint?: string;
  /** What one can do about it. */
  readonly children?: ReactNode;
}

/** Where there is nothing yet. */
export function Empty({ title, hint, children }: EmptyProps) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {hint === undefined ? null : <p>{hint}</p>}
      {children}
    </div>
  );
}
