import { useState } from 'react';
import { curl } from '../../line/curl.ts';
import { Button } from '../../look/button.tsx';
import { useToast } from '../../look/toast.tsx';
import { useStartWords } from '../../words/start.ts';
import { Door } from './door.tsx';
import { Request } from './request.tsx';
import type { Room } from './use-room.ts';

export const visitorName = 'Visitor';

/** In from this browser. */
export function JoinDoor({ room, meetingId }: { readonly room: Room; readonly meetingId: string }) {
  const words = useStartWords();
  const say = useToast();
  const [busy, setBusy] = useState(false);
  const { meeting, inside, voice } = room;
  const enter = async (wanted: 'microphone' | 'synthetic') => {
    setBusy(true);
    const refusal = await room.enter(visitorName, wanted);
    setBusy(false);
    if (refusal !== null) say(words.refused(refusal.message || refusal.code), 'bad');
  };
  const muted = meeting?.muted === true;
  return (
    <Door icon="microphone" title={words.join.title} text={words.join.text} open={inside}>
      {inside && !busy ? (
        <>
          <div className="acts-row">
            <Button icon={muted ? 'microphoneOff' : 'microphone'} onPress={() => room.actions.setMuted(!muted)}>
              {muted ? words.join.unmute : words.join.mute}
            </Button>
            <Button kind="risky" icon="leave" onPress={room.leave}>
              {words.join.leave}
            </Button>
          </div>
          <p className="hint" role="status">
            {meeting?.line === 'lost'
              ? words.lost
              : voice?.kind === 'synthetic'
                ? `${words.join.speaksSynthetic} ${voice.instead === null ? '' : words.join.instead[voice.instead]}`
                : words.join.speaksMicrophone}{' '}
            <a href={`/meet/${meetingId}`}>{words.join.whole}</a>
          </p>
        </>
      ) : (
        <div className="acts-row">
          <Button kind="primary" icon="microphone" busy={busy} onPress={() => void enter('microphone')}>
            {busy ? words.join.joining : words.join.do}
          </Button>
          {busy ? null : (
            <Button kind="bare" className="quiet-act" onPress={() => void enter('synthetic')}>
              {words.join.synthetic}
            </Button>
          )}
        </div>
      )}
      <Request
        requests={[
          {
            label: words.join.do,
            text: curl(
              '/ups/resources/middleware/token',
              JSON.stringify({ conferenceId: meetingId, userName: visitorName }),
            ),
          },
        ]}
      />
    </Door>
  );
}
