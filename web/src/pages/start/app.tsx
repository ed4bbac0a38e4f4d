import { useCallback, useState } from 'react';
import type { AskedRequest } from '../../line/agent/agent-api.ts';
import { useDesk } from '../../line/agent/use-desk.ts';
import { useServerAway } from '../../line/use-server-away.ts';
import { Frame } from '../../look/frame.tsx';
import { Loading } from '../../look/loading.tsx';
import { useTitle } from '../../look/page.tsx';
import { useStartWords } from '../../words/start.ts';
import type { Demo } from './demo.ts';
import { useHappenings } from './happenings.ts';
import { JoinDoor } from './join-door.tsx';
import { LiveView } from './live-view.tsx';
import { MergeDoor } from './merge-door.tsx';
import { RingDoor } from './ring-door.tsx';
import { type DemoHere, useDemo } from './use-demo.ts';
import { useRoom } from './use-room.ts';

export function App() {
  const words = useStartWords();
  const here = useDemo();
  const away = useServerAway();
  useTitle('');
  return (
    <Frame here="start" away={away || here.away}>
      <div className="poster">
        <h1>{words.title}</h1>
        <p>
          {words.lead} {here.demo?.available === false ? null : words.leadTry}
        </p>
        {here.demo?.available === true ? (
          <p className={away ? 'facts unknown' : 'facts'}>
            <span className="lamp good" aria-hidden="true" /> {words.running}. {words.noAccount}.
          </p>
        ) : null}
      </div>
      {here.demo === null ? (
        <Loading />
      ) : here.demo.available ? (
        <Doors here={here} demo={here.demo} />
      ) : (
        <Instead why={here.demo.why} />
      )}
    </Frame>
  );
}

function Doors({ here, demo }: { readonly here: DemoHere; readonly demo: Demo }) {
  const words = useStartWords();
  const { meetingId } = demo.conference;
  const room = useRoom(meetingId);
  const [asked, setAsked] = useState<readonly AskedRequest[]>([]);
  const onAsked = useCallback((request: AskedRequest) => setAsked((before) => [...before, request]), []);
  const [desk, state, actions] = useDesk(onAsked);
  const happenings = useHappenings(room.meeting?.state.notices ?? [], words);
  return (
    <>
      <div className="three-doors">
        <JoinDoor room={room} meetingId={meetingId} />
        <RingDoor room={room} here={here} demo={demo} happenings={happenings} />
        <MergeDoor here={here} desk={desk} state={state} actions={actions} asked={asked} />
      </div>
      <LiveView
        room={room}
        happenings={happenings}
        calls={desk.calls}
        notices={desk.notices}
        isAgent={state !== 'off'}
      />
      <p className="further">
        <a href="/sandbox">{words.toNumbers}</a>
        <a href="/docs">{words.toDocs}</a>
      </p>
    </>
  );
}

/** Where there is nothing to try without a sign-in. */
function Instead({ why }: { readonly why: Demo['why'] }) {
  const words = useStartWords();
  return (
    <section className="card instead" aria-labelledby="instead">
      <h2 id="instead">{words.unavailable}</h2>
      <p className="soft">{words.why[why ?? '']}</p>
      <p className="acts-row">
        <a className="button primary" href="/meet">
          {words.toMeeting}
        </a>
        <a className="button plain" href="/agent">
          {words.toAgent}
        </a>
        <a className="button plain" href="/console">
          {words.toConsole}
        </a>
      </p>
      <p className="further">
        <a href="/docs">{words.toDocs}</a>
      </p>
    </section>
  );
}
