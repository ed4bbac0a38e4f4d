import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { ChatLine } from '../../line/meeting-state.ts';
import type { Participant } from '../../line/protocol.ts';
import { Icon } from '../../look/icons.tsx';
import { useWords } from '../../words/meet.ts';

interface ChatProps {
  readonly lines: readonly ChatLine[];
  readonly others: readonly Participant[];
  readonly onSend: (text: string, to: string | null) => Promise<boolean>;
  readonly onClose: () => void;
  /** It was opened to write in. */
  readonly takesFocus: boolean;
}

const longest = 2000;

export function Chat({ lines, others, onSend, onClose, takesFocus }: ChatProps) {
  const words = useWords();
  const [text, setText] = useState('');
  const [to, setTo] = useState('');
  const id = useId();
  const list = useRef<HTMLOListElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const count = lines.length;
  useEffect(() => {
    if (takesFocus) field.current?.focus();
  }, [takesFocus]);
  useEffect(() => {
    if (count > 0) list.current?.lastElementChild?.scrollIntoView({ block: 'nearest' });
  }, [count]);
  // Those who write can be read by browsers only.
  const readers = others.filter(({ kind, state }) => kind === 'browser' && state === 'connected');
  const reader = readers.some((one) => one.id === to) ? to : '';

  const send = async () => {
    const typed = text.trim();
    if (typed !== '' && (await onSend(typed, reader === '' ? null : reader))) setText('');
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void send();
    }
  };
  return (
    <section className="chat" aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{words.chat}</h2>
        <button type="button" className="bare" aria-label={words.closeChat} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be scrolled by keyboard too */}
      <div className="lines" role="log" aria-label={words.chat} tabIndex={0}>
        {count === 0 ? <p className="hint">{words.noMessages}</p> : null}
        <ol ref={list}>
          {lines.map((line) => (
            <li key={line.id} className={line.own ? 'own' : ''}>
              <p className="from">
                <strong>{line.own ? words.you : line.name}</strong>
                {line.to === null ? null : <em>{words.privately(line.own ? line.to : words.you)}</em>}
                <time dateTime={new Date(line.at).toISOString()}>
                  {new Date(line.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}
                </time>
              </p>
              <p className="text">{line.text}</p>
            </li>
          ))}
        </ol>
      </div>
      <form onSubmit={submit}>
        {readers.length === 0 ? null : (
          <p className="to">
            <label htmlFor={`${id}-to`}>{words.writeTo}</label>
            <select id={`${id}-to`} value={reader} onChange={(event) => setTo(event.currentTarget.value)}>
              <option value="">{words.everyone}</option>
              {readers.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          </p>
        )}
        <div className="write">
          <textarea
            ref={field}
            rows={2}
            maxLength={longest}
            aria-label={words.message}
            placeholder={words.message}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={key}
          />
          <button type="submit" className="primary" aria-label={words.send}>
            <Icon name="send" />
          </button>
        </div>
      </form>
    </section>
  );
}
