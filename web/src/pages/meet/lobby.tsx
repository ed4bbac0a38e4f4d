import { type FormEvent, useEffect, useState } from 'react';
import type { Microphone } from '../../line/microphone.ts';
import { askAdmission } from '../../line/portal.ts';
import { Refusal } from '../../line/refusal.ts';
import type { Entry } from '../../line/use-meeting.ts';
import { Field } from '../../look/field.tsx';
import { Mark } from '../../look/icons.tsx';
import { keep, recall } from '../../look/kept.ts';
import { useWords } from '../../words/meet.ts';
import { MicrophoneChoice } from './sound-choice.tsx';

interface LobbyProps {
  /** From the address; empty: it is asked for. */
  readonly meetingId: string;
  readonly microphone: Microphone;
  readonly onJoin: (entry: Entry) => Promise<Refusal | null>;
}

type Mistakes = Partial<Record<'meetingId' | 'name' | 'passcode' | 'form', string>>;

/** Before the meeting: who one is, and whether the microphone hears. */
export function Lobby({ meetingId: given, microphone, onJoin }: LobbyProps) {
  const words = useWords();
  const [meetingId, setMeetingId] = useState(given);
  const [name, setName] = useState(() => recall('name') ?? '');
  const [passcode, setPasscode] = useState('');
  const [mistakes, setMistakes] = useState<Mistakes>({});
  const [busy, setBusy] = useState(false);
  const about = useAbout(given);

  const say = (refusal: Refusal) => {
    const text = words.refused[refusal.code] ?? refusal.message;
    if (refusal.code === 'unknownMeeting' && given === '') setMistakes({ meetingId: text });
    else if (refusal.code === 'wrongPasscode') setMistakes({ passcode: text });
    else setMistakes({ form: text });
  };

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const entry = { meetingId: meetingId.replace(/\s/g, ''), name: name.trim(), passcode: passcode.trim() };
    const wrong: Mistakes = {};
    if (!/^[0-9]{1,30}$/.test(entry.meetingId)) wrong.meetingId = words.meetingIdNeeded;
    if (entry.name === '') wrong.name = words.nameNeeded;
    if (!/^[0-9]{0,20}$/.test(entry.passcode)) wrong.passcode = words.pinNeeded;
    if (about.passcodeNeeded && entry.passcode === '') wrong.passcode = words.pinNeeded;
    setMistakes(wrong);
    if (Object.keys(wrong).length === 0) {
      keep('name', entry.name);
      setBusy(true);
      const refusal = await onJoin(entry);
      setBusy(false);
      if (refusal === null) return;
      say(refusal);
    }
    requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };

  const unknown = about.refusal !== null && !about.refusal.passing;
  const title = about.name !== '' ? words.joinNamed(about.name) : words.join;
  const formMistake = mistakes.form ?? (unknown ? words.refused[about.refusal?.code ?? 'other'] : undefined);
  return (
    <main className="lobby wide">
      <header>
        <Mark />
        <h1>{title}</h1>
        <p className="lead">{given === '' ? words.lead : words.meeting(given)}</p>
      </header>
      <form className="card" noValidate onSubmit={(event) => void submit(event)}>
        {formMistake === undefined ? null : (
          <p className="alert" role="alert">
            {formMistake}
          </p>
        )}
        <div className="before">
          {given === '' ? (
            <Field
              label={words.meetingId}
              hint={words.meetingIdHint}
              error={mistakes.meetingId ?? null}
              value={meetingId}
              onText={setMeetingId}
              inputMode="numeric"
              autoComplete="off"
              required
            />
          ) : null}
          <Field
            label={words.name}
            hint={words.nameHint}
            error={mistakes.name ?? null}
            value={name}
            onText={setName}
            autoComplete="name"
            maxLength={100}
            required
          />
          <Field
            label={about.passcodeNeeded ? words.pin : words.pinOptional}
            hint={about.passcodeNeeded ? words.pinHint : words.pinOptionalHint}
            error={mistakes.passcode ?? null}
            value={passcode}
            onText={setPasscode}
            inputMode="numeric"
            autoComplete="off"
            maxLength={20}
            required={about.passcodeNeeded}
          />
        </div>
        <div className="before">
          <MicrophoneChoice microphone={microphone} />
          <button type="submit" className="primary" aria-disabled={busy}>
            {busy
              ? words.joining
              : microphone.trouble === null || microphone.stream !== null
                ? words.joinNow
                : words.joinListening}
          </button>
        </div>
      </form>
      {unknown && given !== '' ? (
        <a className="quiet" href="/meet">
          {words.anotherMeeting}
        </a>
      ) : null}
    </main>
  );
}

interface About {
  readonly name: string;
  readonly passcodeNeeded: boolean;
  readonly refusal: Refusal | null;
}

/** What the server says of the meeting in the address, before anybody joins. */
function useAbout(meetingId: string): About {
  const [about, setAbout] = useState<About>({ name: '', passcodeNeeded: false, refusal: null });
  useEffect(() => {
    if (meetingId === '') return;
    let current = true;
    askAdmission(meetingId, '', '').then(
      ({ meetingName, passcodeNeeded }) => current && setAbout({ name: meetingName, passcodeNeeded, refusal: null }),
      (error) => {
        const refusal = error instanceof Refusal ? error : new Refusal('other');
        if (current) setAbout({ name: '', passcodeNeeded: false, refusal });
      },
    );
    return () => {
      current = false;
    };
  }, [meetingId]);
  return about;
}
