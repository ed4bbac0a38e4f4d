import { useEffect, useState } from 'react';
import { silence, useMicrophone } from '../../line/microphone.ts';
import { seatBefore } from '../../line/session.ts';
import { useMeeting } from '../../line/use-meeting.ts';
import { Loading } from '../../look/loading.tsx';
import { useTitle } from '../../look/page.tsx';
import { LanguageSwitch, ThemeSwitch } from '../../look/switches.tsx';
import { useCommonWords } from '../../words/common.ts';
import { useWords } from '../../words/meet.ts';
import { Door } from './door.tsx';
import { Ended } from './ended.tsx';
import { Lobby } from './lobby.tsx';
import { MeetingRoom } from './meeting-room.tsx';
import { PinRequest } from './pin-request.tsx';

/** `/meet/{meetingId}` → its ID, without what is not one. */
function meetingIdOf(path: string): string {
  return /^\/meet\/([0-9]{1,30})\/?$/.exec(path)?.[1] ?? '';
}

/** The place in this meeting that the page had before it was loaded again. */
function placeBefore() {
  const here = meetingIdOf(window.location.pathname);
  return seatBefore(({ base, meetingId }) => base === window.location.origin && meetingId === here);
}

/** Lobby → (a PIN is asked for) → meeting → end. */
export function App() {
  const words = useWords();
  const common = useCommonWords();
  const [meeting, actions] = useMeeting();
  const [meetingId, setMeetingId] = useState(() => meetingIdOf(window.location.pathname));
  const over = meeting?.line === 'over';
  const microphone = useMicrophone(!over);
  const { stream } = microphone;
  const [loudspeaker, setLoudspeaker] = useState('');
  const muted = meeting?.muted ?? false;
  const subject = meeting?.state.subject ?? '';

  useTitle(subject === '' ? words.join : subject);

  useEffect(() => {
    for (const track of stream?.getAudioTracks() ?? []) track.enabled = !muted;
    if (stream !== null) actions.speakInto(stream);
  }, [stream, muted, actions]);

  const [place, setPlace] = useState(placeBefore);
  useEffect(() => {
    if (place === null) return;
    setPlace(null);
    const { meetingId, name } = place;
    void actions.join({ meetingId, name, passcode: '' }, silence(), '', place);
  }, [place, actions]);

  const inside = meeting !== null && (meeting.line === 'in' || meeting.line === 'lost');
  return (
    <>
      {meeting === null && place !== null ? (
        <Loading />
      ) : meeting === null || meeting.line === 'joining' ? (
        <Lobby
          meetingId={meetingId}
          microphone={microphone}
          onJoin={async (entry) => {
            const refusal = await actions.join(entry, stream ?? silence(), loudspeaker);
            if (refusal === null && meetingId === '') {
              window.history.replaceState(null, '', `/meet/${entry.meetingId}`);
            }
            return refusal;
          }}
        />
      ) : meeting.line === 'admission' && meeting.state.needed === 'permission' ? (
        <Door onKnock={() => actions.ask({ do: 'knock' })} onLeave={actions.leave} />
      ) : meeting.line === 'admission' ? (
        <PinRequest
          refused={meeting.state.refused}
          onPasscode={actions.givePasscode}
          onKnock={meeting.state.mayKnock ? () => actions.ask({ do: 'knock' }) : null}
          onLeave={actions.leave}
        />
      ) : over ? (
        <Ended
          why={meeting.why}
          onAgain={() => {
            setMeetingId(meeting.entry.meetingId);
            actions.forget();
          }}
        />
      ) : (
        <MeetingRoom
          meeting={meeting}
          actions={actions}
          microphone={microphone}
          loudspeaker={loudspeaker}
          onLoudspeaker={(deviceId) => {
            setLoudspeaker(deviceId);
            actions.hearOn(deviceId);
          }}
        />
      )}
      {inside ? null : (
        <aside className="settings meet-settings" aria-label={common.settings}>
          <ThemeSwitch />
          <LanguageSwitch />
        </aside>
      )}
    </>
  );
}
