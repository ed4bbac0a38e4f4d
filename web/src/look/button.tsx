import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';

export type ButtonKind = 'primary' | 'plain' | 'danger' | 'risky' | 'bare';

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'onClick' | 'type'> {
  readonly kind?: ButtonKind;
  readonly small?: boolean;
  readonly icon?: IconName;
  /** What it does is under way: it stays where it is and takes no second press. */
  readonly busy?: boolean;
  /** As aria-keyshortcuts has it, e.g. `Alt+M`; the page listens for it itself. */
  readonly shortcut?: string;
  readonly submits?: boolean;
  readonly onPress?: () => void;
  readonly children?: ReactNode;
}

export function Button({
  kind = 'plain',
  small = false,
  icon,
  busy = false,
  shortcut,
  submits = false,
  onPress,
  children,
  className = '',
  ...rest
}: ButtonProps) {
  return (
    <button
      type={submits ? 'submit' : 'button'}
      className={`${kind === 'risky' ? 'plain risky' : kind}${small ? ' small' : ''} ${className}`.trim()}
      aria-disabled={busy ? true : undefined}
      aria-keyshortcuts={shortcut}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onPress?.();
      }}
      {...rest}
    >
      {busy ? <span className="spinner" aria-hidden="true" /> : icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
}
