import type { ReactNode } from 'react';
import type { AgentCall } from '../../line/agent/agent-api.ts';
import type { AgentNotice } from '../../line/agent/desk.ts';
import type { Participant } from '../../line/protocol.ts';
import { Empty } from '../../look/card.tsx';
import { Icon } from '../../look/icons.tsx';
import { When } from '../../look/when.tsx';
import { useStartWords } from '../../words/start.ts';
import type { Happening } from './happenings.ts';
import type { Room } from './use-room.ts';

interface LiveViewProps {
  readonly room: Room;
  readonly happenings: readonly Happening[];
  readonly calls: readonly AgentCall[];
  readonly notices: readonly AgentNotice[];
  /** Whether this browser has been the agent. */
  readonly isAgent: boolean;
}

/** Who is in, who talks, what has just happened and why; and what an agent is told. */
export function LiveView({ room, happenings, calls, notices, isAgent }: LiveViewProps) {
  const words = useStartWords();
  const state = room.inside ? room.meeting?.state : undefined;
  const people = state?.participants ?? [];
  return (
    <section className="board" aria-labelledby="live">
      <h2 id="live">
        <span className={people.length + calls.length > 0 ? 'lamp on' : 'lamp'} aria-hidden="true" /> {words.live}
      </h2>
      <div className="board-columns">
        <div>
          <h3>{words.conference}</h3>
          {people.length === 0 ? (
            <Empty title={words.nobody} hint={words.nobodyHint} />
          ) : (
            <ul className="lines-in">
              {people.map((one) => (
                <Person key={one.id} one={one} own={one.id === state?.self} />
              ))}
            </ul>
          )}
          <h3>{words.agentCalls}</h3>
          {calls.length === 0 ? (
            <Empty title={words.noCalls} hint={words.noCallsHint} />
          ) : (
            <ul className="lines-in">
              {calls.map((call) => (
                <Line
                  key={call.id}
                  lit={call.state === 'Established'}
                  name={call.participants.map(({ phoneNumber }) => phoneNumber).join(' + ') || call.dnis}
                  icon="number"
                >
                  {words.states[call.state] ?? call.state}
                </Line>
              ))}
            </ul>
          )}
        </div>
        <div>
          <h3>{words.happened}</h3>
          <div role="log" aria-label={words.happened}>
            {happenings.length === 0 ? <p className="soft">{words.nothingYet}</p> : null}
            <ol className="happened">
              {happenings.map(({ key, at, text, bad }) => (
                <li key={key} className={bad ? 'bad' : ''}>
                  <When at={at} /> <span>{text}</span>
                </li>
              ))}
            </ol>
          </div>
          {isAgent ? (
            <>
              <h3>{words.notifications}</h3>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be scrolled by keyboard too */}
              <section className="told" aria-label={words.notifications} tabIndex={0}>
                <ol>
                  {notices.map((notice) => (
                    <li key={`${notice.number}${notice.at}`}>
                      <When at={notice.at} /> <code>{inShort(notice)}</code>
                    </li>
                  ))}
                </ol>
              </section>
            </>
          ) : null}
        </div>
      </div>
    </section>
  );
}

function Person({ one, own }: { readonly one: Participant; readonly own: boolean }) {
  const words = useStartWords();
  const { name, kind, state, muted, talking } = one;
  const talks = state === 'connected' && talking && !muted;
  return (
    <Line lit={talks} ringing={state === 'connecting'} name={own ? `${name} (${words.you})` : name} icon={kind}>
      {state === 'connected' && muted ? words.muted : talks ? words.talks : words.states[state]}
    </Line>
  );
}

interface LineProps {
  readonly lit: boolean;
  readonly ringing?: boolean;
  readonly name: string;
  readonly icon: 'browser' | 'phone' | 'number';
  readonly children: ReactNode;
}

function Line({ lit, ringing = false, name, icon, children }: LineProps) {
  return (
    <li className={ringing ? 'ringing' : ''} data-name={name}>
      <span className={lit ? 'lamp on' : 'lamp'} aria-hidden="true" />
      <Icon name={icon} />
      <strong>{name}</strong>
      <span className="soft">{children}</span>
    </li>
  );
}

/** `StatusChange Established Outbound [2025550101]` */
function inShort({ data }: AgentNotice): string {
  const { call, devices = [], errorMessage, notificationType, messageType } = data;
  if (errorMessage !== undefined) return `${messageType} ${errorMessage}`;
  if (call !== undefined) {
    const others = call.participants.map(({ phoneNumber }) => phoneNumber).join(', ');
    return `${notificationType ?? messageType} ${call.state} ${call.callType} [${others}]`;
  }
  const states = devices.map(
    ({ phoneNumber, userState: { displayName, state } }) => `${phoneNumber} ${displayName ?? state}`,
  );
  return `${messageType} ${states.join(', ')}`;
}
