import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { AgentCall } from '../../line/agent/agent-api.ts';
import { Button } from '../../look/button.tsx';
import { Chip, type Tone } from '../../look/card.tsx';
import { Field } from '../../look/field.tsx';
import { Select } from '../../look/select.tsx';
import { useAgentWords } from '../../words/agent.ts';
import { useCommonWords } from '../../words/common.ts';
import { callName } from './call-name.ts';
import { listedWith } from './listed-with.ts';
import { type CallOperation, callOperations, parametersOf, placeOf } from './operations.ts';

interface CallCardProps {
  readonly call: AgentCall;
  readonly chosen: boolean;
  /** An operation whose parameters are asked for; by a key, or a button here. */
  readonly asked: CallOperation | null;
  readonly onAsk: (operation: CallOperation | null) => void;
  readonly onChoose: () => void;
  /** False: it did not work, and what was typed stays. */
  readonly onOperate: (operation: CallOperation, parameters: object) => Promise<boolean>;
}

const tones: Readonly<Record<string, Tone>> = { Ringing: 'warn', Dialing: 'warn', Established: 'live' };

/** One call: who, how it stands, and a button for everything that may be asked of it now, and nothing else. */
export function CallCard({ call, chosen, asked, onAsk, onChoose, onOperate }: CallCardProps) {
  const words = useAgentWords();
  const [busy, setBusy] = useState<string | null>(null);
  const { capabilities, participants, state, callType, userData } = call;
  const others = participants.map(({ phoneNumber }) => phoneNumber);
  const name = callName(call) || words.unknownParty;
  const operate = async (operation: CallOperation, parameters: object) => {
    setBusy(operation.name);
    const done = await onOperate(operation, parameters);
    setBusy(null);
    if (done) onAsk(null);
  };
  // Whoever was in its form goes on at its button, and not at whatever stands there now: that may record, or hang up.
  const card = useRef<HTMLElement>(null);
  const before = useRef(asked);
  useEffect(() => {
    const name = before.current?.name;
    before.current = asked;
    if (name === undefined || asked !== null || document.activeElement !== document.body) return;
    card.current?.querySelector<HTMLElement>(`[data-operation="${name}"]`)?.focus();
  }, [asked]);
  const possible = callOperations.filter((one) => capabilities.includes(one.name));
  return (
    <article
      ref={card}
      className={`call ${state}${chosen ? ' chosen' : ''}`}
      aria-label={name}
      data-call={call.id}
      data-state={state}
      onFocus={onChoose}
    >
      <header>
        <h3>{name}</h3>
        <p className="chips">
          <Chip {...(tones[state] === undefined ? {} : { tone: tones[state] })}>
            {words.callStates[state] ?? state}
          </Chip>
          <Chip>{words.types[callType] ?? callType}</Chip>
          {call.mute === 'On' ? <Chip tone="bad">{words.muted}</Chip> : null}
          {call.recordingState === 'Recording' ? <Chip tone="bad">{words.recording}</Chip> : null}
          {call.recordingState === 'Paused' ? <Chip tone="warn">{words.recordingPaused}</Chip> : null}
          {call.supervisorListeningIn ? <Chip tone="warn">{words.listenedTo}</Chip> : null}
          {call.monitoring ? <Chip tone="warn">{words.monitoring}</Chip> : null}
        </p>
      </header>
      {userData === undefined ? null : (
        <dl className="user-data" aria-label={words.data}>
          {Object.entries(userData).map(([key, value]) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      <div className="acts-row">
        {possible.map((one) => (
          <Button
            key={placeOf(one, possible)}
            small
            kind={one.kind ?? 'plain'}
            icon={one.icon}
            busy={busy === one.name}
            data-operation={one.name}
            {...(one.asks === undefined ? {} : { 'aria-expanded': asked === one })}
            {...(one.key === undefined ? {} : { shortcut: `Alt+${one.key}` })}
            onPress={() => {
              if (one.asks === undefined) void operate(one, {});
              else onAsk(asked === one ? null : one);
            }}
          >
            {words.operations[one.name] ?? one.name}
          </Button>
        ))}
      </div>
      {asked !== null && capabilities.includes(asked.name) ? (
        <Parameters
          key={asked.name}
          operation={asked}
          participants={others}
          keys={Object.keys(userData ?? {})}
          busy={busy === asked.name}
          onDone={(typed, value) => void operate(asked, parametersOf(asked.asks, typed, value))}
          onCancel={() => onAsk(null)}
        />
      ) : null}
    </article>
  );
}

interface ParametersProps {
  readonly operation: CallOperation;
  readonly participants: readonly string[];
  readonly keys: readonly string[];
  readonly busy: boolean;
  readonly onDone: (typed: string, value: string) => void;
  readonly onCancel: () => void;
}

/** What an operation has to be told besides; Escape closes it. */
function Parameters({ operation, participants, keys, busy, onDone, onCancel }: ParametersProps) {
  const words = useAgentWords();
  const common = useCommonWords();
  const { asks } = operation;
  const choices = asks === 'participant' ? participants : asks === 'key' ? keys : null;
  const [text, setTyped] = useState(choices?.[0] ?? '');
  // There may have been nothing to choose when it was opened.
  const typed = text === '' ? (choices?.[0] ?? '') : text;
  const [value, setValue] = useState('');
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>('input, select')?.focus(), []);
  const label =
    asks === 'number'
      ? words.number
      : asks === 'digits'
        ? words.digits
        : asks === 'participant'
          ? words.participant
          : words.key;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = asks === 'number' ? typed.replace(/[\s()/.-]/g, '') : typed.trim();
    if (given !== '') onDone(given, value);
  };
  return (
    <form
      ref={form}
      className="parameters"
      aria-label={words.operations[operation.name]}
      onSubmit={submit}
      onKeyDown={(event) => event.key === 'Escape' && onCancel()}
    >
      {choices === null ? (
        <Field
          label={label}
          value={typed}
          onText={setTyped}
          autoComplete="off"
          maxLength={64}
          required
          {...(asks === 'number' ? { type: 'tel' } : {})}
          {...(asks === 'digits' ? { inputMode: 'tel' as const } : {})}
        />
      ) : (
        <Select
          label={label}
          value={typed}
          options={listedWith(choices, typed).map((one) => ({ value: one, text: one }))}
          onChoose={setTyped}
        />
      )}
      {asks === 'data' ? (
        <Field label={words.value} value={value} onText={setValue} autoComplete="off" maxLength={1000} />
      ) : null}
      <div className="acts-row">
        <Button kind="primary" submits busy={busy}>
          {words.operations[operation.name]}
        </Button>
        <Button onPress={onCancel}>{common.cancel}</Button>
      </div>
    </form>
  );
}
