import { useEffect, useState } from 'react';
import { Ended } from './ended.tsx';
import { keep, recall } from './kept.ts';
import { Lobby } from './lobby.tsx';
import { MeetingRoom } from './meeting-room.tsx';
import { silence, useMicrophone } from './microphone.ts';
import { PinRequest } from './pin-request.tsx';
import { useMeeting } from './use-meeting.ts';
import { firstLanguage, type Language, languages, WordsProvider } from './words/words.ts';

/** `/meet/{meetingId}` → its ID, without what is not one. */
function meetingIdOf(path: string): string {
  return /^\/meet\/([0-9]{1,30})\/?$/.exec(path)?.[1] ?? '';
}

/** Lobby → (a PIN is asked for) → meeting → end. */
export function App() {
  const [language, setLanguage] = useState<Language>(() => {
    const asked = new URLSearchParams(window.location.search).get('lang');
    return firstLanguage(asked ?? recall('language'), navigator.languages);
  });
  const words = languages[language];
  const [meeting, actions] = useMeeting();
  const [meetingId, setMeetingId] = useState(() => meetingIdOf(window.location.pathname));
  const over = meeting?.line === 'over';
  const microphone = useMicrophone(!over);
  const { stream } = microphone;
  const muted = meeting?.muted ?? false;
  const subject = meeting?.state.subject ?? '';

  useEffect(() => {
    document.documentElement.lang = language;
    document.title = subject === '' ? `${words.join} – Partyline` : `${subject} – Partyline`;
  }, [language, subject, words]);

  useEffect(() => {
    for (const track of stream?.getAudioTracks() ?? []) track.enabled = !muted;
    if (stream !== null) actions.speakInto(stream);
  }, [stream, muted, actions]);

  const choose = (wanted: Language) => {
    setLanguage(wanted);
    keep('language', wanted);
  };

  const inside = meeting !== null && (meeting.line === 'in' || meeting.line === 'lost');
  return (
    <WordsProvider value={words}>
      {meeting === null || meeting.line === 'joining' ? (
        <Lobby
          meetingId={meetingId}
          microphone={microphone}
          onJoin={async (entry) => {
            const refusal = await actions.join(entry, stream ?? silence());
            if (refusal === null && meetingId === '') {
              window.history.replaceState(null, '', `/meet/${entry.meetingId}`);
            }
            return refusal;
          }}
        />
      ) : meeting.line === 'admission' ? (
        <PinRequest refused={meeting.state.refused} onPasscode={actions.givePasscode} onLeave={actions.leave} />
      ) : over ? (
        <Ended
          why={meeting.why}
          onAgain={() => {
            setMeetingId(meeting.entry.meetingId);
            actions.forget();
          }}
        />
      ) : (
        <MeetingRoom meeting={meeting} actions={actions} speaks={stream !== null} />
      )}
      {inside ? null : (
        <nav className="languages" aria-label={words.languages}>
          {(Object.keys(languages) as Language[]).map((one) => (
            <button
              key={one}
              type="button"
              lang={one}
              aria-pressed={one === language}
              className="bare"
              onClick={() => choose(one)}
            >
              {languages[one].language}
            </button>
          ))}
        </nav>
      )}
    </WordsProvider>
  );
}
